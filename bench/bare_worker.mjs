// The other side of every control: a worker of the runtime, told what to do by
// messages. It says "ready" as soon as it can.

const isBun = "Bun" in globalThis;
// Bun takes longer to load that module than to start a worker.
const { parentPort } = isBun ? {} : await import("node:worker_threads");

const post = isBun
  ? (m, moved = []) => globalThis.postMessage(m, moved)
  : (m, moved = []) => parentPort.postMessage(m, moved);
const listen = (f) => {
  if (isBun) globalThis.onmessage = (event) => f(event.data);
  else parentPort.on("message", f);
};

listen((message) => {
  if (message.echo !== undefined) post(message);
  if (message.back !== undefined) post(message, [message.back]);
  if (message.loop) {
    post("looping");
    const until = performance.now() + message.loop;
    while (performance.now() < until);
  }
  if (message.flood !== undefined) {
    for (let i = 0; i < message.flood; i++) post({ i, s: "ab" });
  }
  if (message.port !== undefined) usePort(message);
});

function usePort({ port, role, count, kind }) {
  let seen = 0;
  if (role === "ping") {
    port.onmessage = () => {
      if (++seen === count) post("done");
      else port.postMessage(seen);
    };
    port.postMessage(0);
  } else if (role === "pong") {
    port.onmessage = (event) => port.postMessage(event.data);
  } else if (role === "source") {
    const chunk = kind === "chunk" ? new Uint8Array(2 ** 20) : undefined;
    for (let i = 0; i < count; i++) {
      port.postMessage(kind === "integer" ? i : chunk ?? { i, s: "ab" });
    }
  } else if (role === "sink") {
    port.onmessage = () => {
      if (++seen === count) post("done");
    };
  }
}

post("ready");
