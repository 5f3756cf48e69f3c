import { loadConfig } from "../../src/config/load.ts";
import { type RelayInfo, relayInfo } from "../../src/protocol/relay_info.ts";

/** The document of a relay with the default configuration. */
export const info: RelayInfo = relayInfo(loadConfig({ text: `info.name = "Test"` }), "1.2.3");
