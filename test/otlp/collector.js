// A receiver of OTLP: collector.js http|grpc [CERTIFICATE KEY], by TLS with them. It prints its port, then a line of JSON for each request; a line on standard input says
// how the next requests are answered: "ok", "status CODE [SECONDS]", "reset", "hang", "partial COUNT". In gRPC, CODE is one of gRPC.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const readline = require('node:readline');
const zlib = require('node:zlib');
const grpc = require('@grpc/grpc-js');
const { opentelemetry } = require('@opentelemetry/otlp-transformer/build/src/generated/root.js');

const collector = opentelemetry.proto.collector;
const signals = {
	logs: {
		request: collector.logs.v1.ExportLogsServiceRequest, response: collector.logs.v1.ExportLogsServiceResponse,
		rejected: 'rejectedLogRecords', service: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
		count: (r) => r.resourceLogs.flatMap((a) => a.scopeLogs).flatMap((b) => b.logRecords).length,
	},
	metrics: {
		request: collector.metrics.v1.ExportMetricsServiceRequest, response: collector.metrics.v1.ExportMetricsServiceResponse,
		rejected: 'rejectedDataPoints', service: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
		count: (r) => r.resourceMetrics.flatMap((a) => a.scopeMetrics).flatMap((b) => b.metrics)
			.flatMap((m) => (m.sum || m.gauge).dataPoints).length,
	},
};
const [protocol, certificate, key] = process.argv.slice(2);
const identity = certificate && { cert_chain: fs.readFileSync(certificate), private_key: fs.readFileSync(key) };
let behaviour = ['ok'];

// Plain objects, with numbers of 64 bits as text.
function said(signal, message, headers, answer) {
	const request = signals[signal].request.toObject(message, { longs: String, arrays: true });
	console.log(JSON.stringify({ signal, answer, at: Date.now(), count: signals[signal].count(request), headers, request }));
}

function responseTo(signal) {
	if (behaviour[0] !== 'partial') return {};
	return { partialSuccess: { [signals[signal].rejected]: Number(behaviour[1]), errorMessage: 'some are too old' } };
}

function serveHttp() {
	const answer = (request, response) => {
		const chunks = [];
		request.on('data', (chunk) => chunks.push(chunk));
		request.on('end', () => {
			const signal = { '/v1/logs': 'logs', '/v1/metrics': 'metrics' }[request.url];
			const body = Buffer.concat(chunks);
			const bytes = request.headers['content-encoding'] === 'gzip' ? zlib.gunzipSync(body) : body;
			const how = behaviour.join(' ');
			if (!signal || request.method !== 'POST' || request.headers['content-type'] !== 'application/x-protobuf') {
				console.log(JSON.stringify({ fault: `${request.method} ${request.url} ${request.headers['content-type']}` }));
				response.writeHead(400).end();
				return;
			}

			said(signal, signals[signal].request.decode(bytes), request.headers, how);
			if (behaviour[0] === 'hang') return;
			if (behaviour[0] === 'reset') {
				request.socket.resetAndDestroy();
				return;
			}

			if (behaviour[0] === 'status') {
				const headers = behaviour[2] ? { 'Retry-After': behaviour[2] } : {};
				response.writeHead(Number(behaviour[1]), { 'Content-Type': 'text/plain', ...headers }).end('not now');
				return;
			}

			response.writeHead(200, { 'Content-Type': 'application/x-protobuf' });
			response.end(Buffer.from(signals[signal].response.encode(responseTo(signal)).finish()));
		});
	};
	const server = identity ? https.createServer({ cert: identity.cert_chain, key: identity.private_key }, answer) : http.createServer(answer);
	server.listen(0, '127.0.0.1', () => console.log(server.address().port));
}

// google.rpc.Status with a google.rpc.RetryInfo, by protobufjs.
function retryInfo(code, seconds) {
	const protobuf = require('protobufjs');
	const duration = protobuf.Writer.create().uint32(8).int64(seconds).finish();
	const info = protobuf.Writer.create().uint32(10).bytes(duration).finish();
	const any = protobuf.Writer.create().uint32(10).string('type.googleapis.com/google.rpc.RetryInfo').uint32(18).bytes(info).finish();
	const metadata = new grpc.Metadata();
	metadata.set('grpc-status-details-bin', Buffer.from(protobuf.Writer.create().uint32(8).int32(code).uint32(26).bytes(any).finish()));
	return metadata;
}

function serveGrpc() {
	const server = new grpc.Server();
	for (const [signal, one] of Object.entries(signals)) {
		const method = {
			path: one.service, requestStream: false, responseStream: false,
			requestSerialize: (m) => Buffer.from(one.request.encode(m).finish()), requestDeserialize: (b) => one.request.decode(b),
			responseSerialize: (m) => Buffer.from(one.response.encode(m).finish()), responseDeserialize: (b) => one.response.decode(b),
		};
		server.addService({ Export: method }, {
			Export: (call, done) => {
				said(signal, call.request, call.metadata.getMap(), behaviour.join(' '));
				if (behaviour[0] === 'hang') return;
				if (behaviour[0] === 'status') {
					const code = Number(behaviour[1]);
					done({ code, details: 'not now', metadata: behaviour[2] ? retryInfo(code, Number(behaviour[2])) : undefined });
					return;
				}

				done(null, responseTo(signal));
			},
		});
	}

	const credentials = identity ? grpc.ServerCredentials.createSsl(null, [identity]) : grpc.ServerCredentials.createInsecure();
	server.bindAsync('127.0.0.1:0', credentials, (error, port) => console.log(error ? error.message : port));
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
	behaviour = line.split(' ');
	console.log(JSON.stringify({ now: line }));
}).on('close', () => process.exit(0));
if (protocol === 'grpc') serveGrpc();
else serveHttp();
