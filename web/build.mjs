// Bundles src/ into dist/: four files, each compressed twice. Run in out/web, where node_modules is.
import { build } from 'esbuild';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const mostBytes = 200_000;

rmSync('dist', { recursive: true, force: true });
rmSync('plain', { recursive: true, force: true });
await build({
	entryPoints: { app: 'src/main.tsx' },
	bundle: true,
	minify: true,
	format: 'iife',
	target: ['es2022', 'chrome110', 'firefox115', 'safari16'],
	jsx: 'automatic',
	jsxImportSource: 'preact',
	legalComments: 'none',
	define: { 'process.env.NODE_ENV': '"production"' },
	outdir: 'plain',
	logLevel: 'warning',
});
for (const file of ['index.html', 'icon.svg']) writeFileSync(`plain/${file}`, readFileSync(`src/${file}`));
mkdirSync('dist');
let total = 0;
for (const file of ['index.html', 'icon.svg', 'app.js', 'app.css']) {
	const bytes = readFileSync(`plain/${file}`);
	const brotli = brotliCompressSync(bytes, {
		params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
	});
	const gzip = gzipSync(bytes, { level: 9 });
	writeFileSync(`dist/${file}.br`, brotli);
	writeFileSync(`dist/${file}.gz`, gzip);
	total += brotli.length + gzip.length;
}
if (total > mostBytes) throw new Error(`the page has ${total} bytes compressed, and may have ${mostBytes}`);
console.error(`skep: the agent's page: ${total} bytes compressed`);
