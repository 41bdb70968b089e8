// What one may start from. Each builds and runs as it is; the comments teach, since whoever starts here learns.

const ignoreCommon = '.git\n*.log\n';

const node = {
  Dockerfile: `# A web server in Node.js
FROM node:22-alpine
WORKDIR /app
# The list of packages first: the layer below is used again until it changes
COPY package.json ./
RUN npm install --omit=dev
COPY src ./src
USER node
EXPOSE 3000
CMD ["node", "src/server.js"]
`,
  '.dockerignore': `${ignoreCommon}node_modules\n`,
  'package.json': `{
  "name": "hello-node",
  "version": "1.0.0",
  "private": true,
  "type": "module"
}
`,
  'src/server.js': `import http from 'node:http';

const server = http.createServer((request, response) => {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end('Hello from a container\\n');
});
server.listen(3000, () => console.log('listening on port 3000'));
process.on('SIGTERM', () => server.close());
`,
};

const python = {
  Dockerfile: `# A web application in Python
FROM python:3.12-slim
ENV PYTHONUNBUFFERED=1
WORKDIR /app
# What it needs first: the layer below is used again until the list changes
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY app.py .
USER nobody
EXPOSE 8000
CMD ["python", "app.py"]
`,
  '.dockerignore': `${ignoreCommon}__pycache__\n.venv\n`,
  'requirements.txt': '# One package a line, with its version\n',
  'app.py': `from http.server import BaseHTTPRequestHandler, HTTPServer


class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"Hello from a container\\n")


print("listening on port 8000")
HTTPServer(("", 8000), Hello).serve_forever()
`,
};

const web = {
  Dockerfile: `# A static web site, served by nginx
FROM nginx:alpine
COPY site /usr/share/nginx/html
EXPOSE 80
`,
  '.dockerignore': ignoreCommon,
  'site/index.html': `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Hello</title>
  <h1>Hello from a container</h1>
</html>
`,
};

const go = {
  Dockerfile: `# Compiled in one stage, shipped alone in another
FROM golang:1.23-alpine AS build
WORKDIR /src
COPY go.mod ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -o /hello .

FROM scratch
COPY --from=build /hello /hello
USER 65534
EXPOSE 8080
ENTRYPOINT ["/hello"]
`,
  '.dockerignore': ignoreCommon,
  'go.mod': 'module hello\n\ngo 1.23\n',
  'main.go': `package main

import (
	"fmt"
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, "Hello from a container")
	})
	log.Println("listening on port 8080")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
`,
};

const empty = {
  Dockerfile: `FROM alpine
WORKDIR /app
CMD ["sh"]
`,
  '.dockerignore': ignoreCommon,
};

export const templates = { node, python, web, go, empty } as const satisfies Record<
  string,
  Readonly<Record<string, string>>
>;
export type TemplateName = keyof typeof templates;
