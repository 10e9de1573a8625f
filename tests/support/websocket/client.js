'use strict';
// node client.js URL: opens a WebSocket and then does what comes on stdin, a line of JSON each: {"send": TEXT}, {"bytes": COUNT},
// {"ping": TEXT}. Says what happens on stdout, a line of JSON each.
const { WebSocket } = require('ws');
const readline = require('readline');

const say = (what) => console.log(JSON.stringify(what));
const socket = new WebSocket(process.argv[2]);
socket.on('open', () => say({ open: true }));
socket.on('message', (data, binary) => say(binary ? { bytes: data.length, right: data.every((byte, i) => byte === i % 251) } : { text: data.toString() }));
socket.on('pong', (data) => say({ pong: data.toString() }));
socket.on('unexpected-response', (_, answer) => { say({ refused: answer.statusCode }); process.exit(); });
socket.on('error', (error) => say({ error: error.message }));
socket.on('close', (code, reason) => { say({ close: code, reason: reason.toString() }); process.exit(); });

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line);
  if (order.send !== undefined) socket.send(order.send);
  if (order.bytes) socket.send(Uint8Array.from({ length: order.bytes }, (_, i) => i % 251));
  if (order.ping) socket.ping(order.ping);
});
