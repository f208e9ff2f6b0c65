// The most that Node can answer: an HTTP server that says one thing.
import { createServer } from 'node:http';

const body = JSON.stringify({ data: { me: { id: '1', email: 'ada@example.com', firstName: 'Ada' } } });
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
