import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A forward proxy (RFC 9110 section 9.3.6) on loopback. */
export interface ConnectProxy {
  url: string;
  /** The targets of its CONNECT requests, `host:port`, and their `proxy-authorization`. */
  requests: { target: string; authorization: string | undefined }[];
  /** Opens every tunnel to this port of the machine instead; a status refuses it; null does not answer. */
  answer: { port: number } | { status: number } | null;
  stop(): Promise<void>;
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const proxy: ConnectProxy = {
    url: "",
    requests: [],
    answer: null,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  server.on("connect", (request: IncomingMessage, socket: Socket) => {
    const { url: target = "", headers } = request;
    proxy.requests.push({ target, authorization: headers["proxy-authorization"] });
    socket.on("error", () => socket.destroy());
    const { answer } = proxy;
    if (!answer) return;
    if ("status" in answer) {
      socket.end(`HTTP/1.1 ${answer.status} No\r\n\r\n`);
      return;
    }
    const onward = connect(answer.port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      onward.pipe(socket);
      socket.pipe(onward);
    });
    sockets.add(onward);
    onward.on("error", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}
