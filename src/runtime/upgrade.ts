/** Whether a request asks for a WebSocket (RFC 6455, 4.2.1). */
export function asksForWebSocket({ headers }: Request): boolean {
  return headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Why a handshake can't succeed, as a response; undefined when nothing is wrong with it. */
export function handshakeError({ method, headers }: Request): Response | undefined {
  const complaint = (status: number, text: string, more: HeadersInit = {}) =>
    new Response(`${text}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...more } });
  if (method !== "GET") return complaint(405, "A WebSocket handshake is a GET request.", { allow: "GET" });
  if (!/(^|,)\s*upgrade\s*(,|$)/i.test(headers.get("connection") ?? "")) {
    return complaint(400, "A WebSocket handshake has the header Connection: Upgrade.");
  }
  if (headers.get("sec-websocket-version") !== "13") { // 4.2.2: answer with the version that is spoken
    return complaint(426, "This relay speaks version 13 of WebSocket.", { "sec-websocket-version": "13" });
  }
  if (!/^[A-Za-z0-9+/]{22}==$/.test(headers.get("sec-websocket-key")?.trim() ?? "")) {
    return complaint(400, "Sec-WebSocket-Key must be 16 bytes in base64.");
  }
}
