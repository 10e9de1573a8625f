// The proxy that stands before LoopBack: /foo/... goes to the application without the prefix, on kept-alive connections.
//   node proxy.js SOCKET PORT
const http = require('http');
const httpProxy = require('http-proxy');

const [socketPath, port] = process.argv.slice(2);
const agent = new http.Agent({keepAlive: true, maxSockets: 64});
const proxy = httpProxy.createProxyServer({target: {socketPath}, agent, xfwd: true});
proxy.on('error', (error, request, response) => response.writeHead(502).end());
http.createServer((request, response) => {
  request.url = request.url.replace(/^\/foo/, '') || '/';
  proxy.web(request, response);
}).listen(Number(port), '127.0.0.1');
