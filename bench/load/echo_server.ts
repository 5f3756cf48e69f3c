/**
 * Answers every EVENT with OK and does nothing else: what the load generator reaches against it is the most that
 * it can measure. Prints its port. Runs on Bun or Deno.
 */
interface Bun {
  serve(options: {
    port: number;
    fetch(request: Request, server: { upgrade(request: Request): boolean }): Response | undefined;
    websocket: { message(socket: { sendText(text: string): void }, message: string): void };
  }): { port: number };
}

/** `["EVENT",{"id":"` comes before the id. */
const answer = (message: string) => `["OK","${message.slice(16, 80)}",true,""]`;

if ("Bun" in globalThis) {
  const { serve } = (globalThis as unknown as { Bun: Bun }).Bun;
  const { port } = serve({
    port: 0,
    fetch: (request, server) => server.upgrade(request) ? undefined : new Response(),
    websocket: { message: (socket, message) => socket.sendText(answer(message)) },
  });
  console.log(port);
} else {
  const { addr } = Deno.serve({ port: 0, onListen() {} }, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => socket.send(answer(data));
    return response;
  });
  console.log(addr.port);
}
