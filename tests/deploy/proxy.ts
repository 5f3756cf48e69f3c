import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { RelayProcess, temporaryFolder } from "../fixtures/process.ts";
import { handshake, RawClient } from "../fixtures/raw_client.ts";
import { program, read, replaced, run } from "./files.ts";

/** Whom clients connect from, and proxies see: on Linux, every address of 127.0.0.0/8 is this machine. */
export const CLIENT = "127.0.0.5";

/** The name in the examples. */
export const NAME = "relay.example.com";

/** A proxy in a process of its own. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
}

/** What a file says of the world outside, and what stands in for it. */
export type Move = (
  free: { port: number; folder: string },
) => readonly (readonly [pattern: RegExp, by: string])[];

/** Starts nginx in one process with a file of deploy/, moved to a free port. */
export async function startNginx(file: string, move: Move): Promise<Proxy> {
  const folder = temporaryFolder();
  const port = await freePort();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((of) => `${of}_temp_path ${of};`)
    .join(" ");
  const text = replaced(
    read(file),
    [/^user .*;$/m, ""],
    [/^pid .*;$/m, "pid nginx.pid;"],
    [/^error_log .*;$/m, "error_log stderr notice;"],
    [/^http \{$/m, `http { ${paths}`],
    ...move({ port, folder: folder.path }),
  );
  writeFileSync(join(folder.path, "nginx.conf"), text);
  const args = [
    "-e",
    "stderr",
    "-p",
    folder.path,
    "-c",
    "nginx.conf",
    "-g",
    "daemon off; master_process off;",
  ];
  return started(
    new RelayProcess({ executable: program("nginx")!, args, directory: folder.path }),
    folder,
    port,
    /getrlimit/,
  );
}

/** Starts Caddy with a file of deploy/, moved to a free port, and with a certificate that is there. */
export async function startCaddy(file: string, move: Move): Promise<Proxy> {
  const folder = temporaryFolder();
  const port = await freePort();
  const text = `{\nadmin off\nauto_https disable_redirects\n}\n${
    replaced(read(file), ...move({ port, folder: folder.path }))
  }`;
  writeFileSync(join(folder.path, "Caddyfile"), text);
  const env = { HOME: folder.path, XDG_DATA_HOME: folder.path, XDG_CONFIG_HOME: folder.path };
  const args = ["run", "--adapter", "caddyfile", "--config", "Caddyfile"];
  const caddy = new RelayProcess({ executable: program("caddy")!, args, directory: folder.path, env });
  return started(caddy, folder, port, /serving initial configuration/);
}

async function started(
  process: RelayProcess,
  folder: Disposable,
  port: number,
  sign: RegExp,
): Promise<Proxy> {
  const stop = async () => {
    await process[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  try {
    await process.until("the proxy to listen", () => sign.exec(process.output)?.[0]);
    return { port, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A certificate for {@link NAME} that nobody has signed, as cert.pem and key.pem. */
export function makeCertificate(folder: string): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"];
  const subject = [
    "-subj",
    `/CN=${NAME}`,
    "-addext",
    `subjectAltName=DNS:${NAME}`,
    "-days",
    "1",
    "-out",
    "cert.pem",
  ];
  const { code, said } = run(program("openssl")!, ["req", "-x509", ...key, ...subject], folder);
  if (code !== 0) throw new Error(said);
}

/** A client at {@link CLIENT} that has connected, in the clear or by TLS, and said nothing yet. */
export function dial(port: number, { tls = false } = {}): Promise<RawClient> {
  const to = { port, host: "127.0.0.1", localAddress: CLIENT };
  if (!tls) return RawClient.over(connect(to));
  return RawClient.over(connectTls({ ...to, servername: NAME, rejectUnauthorized: false }), "secureConnect");
}

/** A client at {@link CLIENT} with its WebSocket open. */
export async function upgraded(
  port: number,
  { tls = false, headers = {} }: { tls?: boolean; headers?: Record<string, string> } = {},
): Promise<RawClient> {
  const client = await dial(port, { tls });
  client.write(handshake(port, { Host: NAME, ...headers }));
  const { status, text } = await client.response();
  if (status !== 101) throw new Error(`the handshake was refused: ${status} ${text}`);
  return client;
}

/** A plain request, and what is answered. */
export async function get(
  port: number,
  { tls = false, headers = {} }: { tls?: boolean; headers?: Record<string, string> } = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  await using client = await dial(port, { tls });
  const lines = Object.entries({ Host: NAME, Connection: "close", ...headers }).map((pair) =>
    pair.join(": ")
  );
  client.write(["GET / HTTP/1.1", ...lines, "", ""].join("\r\n"));
  return await client.response();
}

/** Programs without port 0 must be told one that is free. */
function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
