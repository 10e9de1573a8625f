'use strict';
// A `command` tenant in Node, which knows nothing of draining: HTTP answers say its pid, and so does a WebSocket's first message.
const http = require('http');

const server = http.createServer((request, answer) => answer.end(JSON.stringify({ pid: process.pid, url: request.url })));
try {
  const { WebSocketServer } = require('ws');
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.send(String(process.pid));
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
} catch (error) {
  if (error.code !== 'MODULE_NOT_FOUND') throw error;
}
if (process.env.LISTEN_FDS) server.listen({ fd: 3 });
else if (process.env.SOCKET) server.listen(process.env.SOCKET);
else server.listen(process.env.PORT, '127.0.0.1');
