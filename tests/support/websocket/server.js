'use strict';
// A WebSocket server on a free port, which it prints: echoes what it gets, and closes with 4001 when told to.
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(server.address().port));
server.on('connection', (socket, request) => {
  socket.send(JSON.stringify({ url: request.url, prefix: request.headers['x-forwarded-prefix'] || null }));
  socket.on('message', (data, binary) => {
    if (!binary && data.toString() === 'close') socket.close(4001, 'as you wish');
    else socket.send(data, { binary });
  });
});
