import { unknownParameter } from "./database.ts";
import type { Config } from "./schema.ts";

/** A rule about settings that fit one by one. */
interface Check {
  /** The settings it compares; it is left out when one of them is wrong in itself. */
  readonly of: readonly string[];
  /** Answers what is wrong; undefined when nothing is. */
  problem(config: Config): string | undefined;
}

/** What lets in only clients that have authenticated. */
const NEEDING_AUTH = [
  "auth_required_to_read",
  "auth_required_to_write",
  "read_allowlist",
  "write_allowlist",
] as const;

export const checks: readonly Check[] = [
  {
    of: ["limits.default_limit", "limits.max_limit"],
    problem: ({ limits: { default_limit, max_limit } }) =>
      when(
        default_limit > max_limit,
        `limits.default_limit (${default_limit}) is above limits.max_limit (${max_limit})`,
      ),
  },
  {
    of: ["limits.max_event_bytes", "limits.max_ws_message_bytes"],
    problem: ({ limits: { max_event_bytes, max_ws_message_bytes } }) =>
      when(
        max_event_bytes > max_ws_message_bytes,
        `limits.max_event_bytes (${max_event_bytes}) is above limits.max_ws_message_bytes ` +
          `(${max_ws_message_bytes}), so that the largest events could not be sent`,
      ),
  },
  {
    of: ["limits.max_event_bytes", "limits.max_pending_bytes"],
    problem: ({ limits: { max_event_bytes, max_pending_bytes } }) =>
      when(
        max_pending_bytes < 2 * max_event_bytes,
        `limits.max_pending_bytes (${max_pending_bytes}) is below twice limits.max_event_bytes ` +
          `(${max_event_bytes}), so that one event could close a client as too slow`,
      ),
  },
  {
    of: ["limits.event_kind_allowlist", "limits.event_kind_blacklist"],
    problem: ({ limits: { event_kind_allowlist = [], event_kind_blacklist = [] } }) => {
      const both = event_kind_allowlist.filter((kind) => event_kind_blacklist.includes(kind));
      return when(
        both.length > 0,
        `limits.event_kind_allowlist and limits.event_kind_blacklist both name ${both.join(", ")}`,
      );
    },
  },
  {
    of: ["authorization.nip42_auth", ...NEEDING_AUTH.map((name) => `authorization.${name}`)],
    problem: ({ authorization }) => {
      const [needing] = NEEDING_AUTH.filter((name) => authorization[name]);
      return when(
        !authorization.nip42_auth && needing !== undefined,
        `authorization.${needing} needs authorization.nip42_auth, or nobody could be let in`,
      );
    },
  },
  {
    of: ["management.enabled", "management.pubkeys", "info.pubkey"],
    problem: ({ management: { enabled, pubkeys = [] }, info: { pubkey } }) =>
      when(
        enabled && pubkeys.length === 0 && pubkey === undefined,
        "management.enabled needs management.pubkeys or info.pubkey, or nobody could call",
      ),
  },
  {
    of: ["info.secret_key", "info.secret_key_file"],
    problem: ({ info: { secret_key, secret_key_file } }) =>
      when(
        secret_key !== undefined && secret_key_file !== undefined,
        "info.secret_key and info.secret_key_file are both set; one is enough",
      ),
  },
  {
    of: ["membership.enabled", "info.secret_key", "info.secret_key_file", "authorization.nip42_auth"],
    problem: ({ membership, info: { secret_key, secret_key_file }, authorization }) =>
      when(
        membership.enabled &&
          (secret_key === undefined && secret_key_file === undefined || !authorization.nip42_auth),
        "membership.enabled needs info.secret_key or info.secret_key_file, and authorization.nip42_auth",
      ),
  },
  {
    of: ["membership.required_to_read", "membership.enabled"],
    problem: ({ membership: { enabled, required_to_read } }) =>
      when(required_to_read && !enabled, "membership.required_to_read needs membership.enabled"),
  },
  {
    of: ["verified_users.verify_expiration_seconds", "verified_users.verify_update_frequency_seconds"],
    problem: ({ verified_users: { verify_expiration_seconds, verify_update_frequency_seconds } }) =>
      when(
        verify_update_frequency_seconds >= verify_expiration_seconds,
        `verified_users.verify_update_frequency_seconds (${verify_update_frequency_seconds}) is not below ` +
          `verify_expiration_seconds (${verify_expiration_seconds}), so that users would expire before they are ` +
          "confirmed again",
      ),
  },
  {
    of: ["discovery.enabled", "info.relay_url", "info.secret_key", "info.secret_key_file"],
    problem: ({ discovery, info: { relay_url, secret_key, secret_key_file } }) =>
      when(
        discovery.enabled &&
          (relay_url === undefined || secret_key === undefined && secret_key_file === undefined),
        "discovery.enabled needs info.relay_url, and info.secret_key or info.secret_key_file",
      ),
  },
  {
    of: ["sync.max_events", "sync.max_events_held"],
    problem: ({ sync: { max_events, max_events_held } }) =>
      when(
        max_events > max_events_held,
        `sync.max_events (${max_events}) is above sync.max_events_held (${max_events_held})`,
      ),
  },
  {
    of: ["network.remote_ip_header", "network.trusted_proxies", "network.unix_socket"],
    problem: ({ network: { remote_ip_header, trusted_proxies, unix_socket } }) =>
      when(
        remote_ip_header !== undefined && trusted_proxies.length === 0 && unix_socket === undefined,
        "network.remote_ip_header is set but network.trusted_proxies is empty, so that nobody's header is believed",
      ),
  },
  {
    of: ["network.tcp", "network.unix_socket"],
    problem: ({ network: { tcp, unix_socket } }) =>
      when(
        !tcp && unix_socket === undefined,
        "network.tcp = false needs network.unix_socket, or nobody comes in",
      ),
  },
  {
    of: ["network.compression", "network.websocket"],
    problem: ({ network: { compression, websocket } }) =>
      when(compression && websocket !== "ws", 'network.compression needs network.websocket = "ws"'),
  },
  {
    of: ["metrics.port", "network.port"],
    problem: ({ metrics, network }) =>
      when(
        metrics.port === network.port && metrics.port !== 0,
        `metrics.port is network.port (${network.port}); leave it unset to serve /metrics there`,
      ),
  },
  {
    of: ["metrics.address", "metrics.port"],
    problem: ({ metrics: { address, port } }) =>
      when(address !== undefined && port === undefined, "metrics.address needs metrics.port to be set too"),
  },
  {
    of: ["logging.file_prefix", "logging.folder_path"],
    problem: ({ logging: { file_prefix, folder_path } }) =>
      when(
        file_prefix !== undefined && folder_path === undefined,
        "logging.file_prefix needs logging.folder_path to be set too",
      ),
  },
  {
    of: ["database.connection"],
    problem: ({ database: { connection = "" } }) =>
      named("database.connection", unknownParameter(connection)),
  },
  {
    of: ["database.connection_write"],
    problem: ({ database: { connection_write = "" } }) =>
      named("database.connection_write", unknownParameter(connection_write)),
  },
];

const when = (wrong: boolean, problem: string): string | undefined => wrong ? problem : undefined;

const named = (key: string, problem: string | undefined): string | undefined =>
  problem && `${key}: ${problem}`;
