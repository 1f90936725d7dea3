// ./test/dap/run.sh DIRECTORY, which fetches the client; by hand: npm ci && SKEP=../../out/skep npm test
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { after, afterEach, before, beforeEach, describe, it } = require('node:test');
const { DebugClient } = require('@vscode/debugadapter-testsupport');

const source = path.resolve(__dirname, '../Skep.Debug.Tests/Machine/Programs/machine.bpf.c');
const text = fs.readFileSync(source, 'utf8').split('\n');

/** The number of the first line that has a text. */
const lineOf = part => text.findIndex(line => line.includes(part)) + 1;

describe('skep debug --dap', () => {
  let directory, launch, client;

  before(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'skep-dap-'));
    const program = path.join(directory, 'machine.bpf.o');
    const include = fs.readdirSync('/usr/include').filter(name => name.endsWith('-linux-gnu')).map(name => `-I/usr/include/${name}`);
    execFileSync('clang', ['-O2', '-g', '-target', 'bpf', ...include, '-c', source, '-o', program]);
    launch = { program, prog: 'count_flows', packet: 'udp 10.0.0.1:5 > 10.0.0.2:53', stopOnEntry: false };
  });

  after(() => fs.rmSync(directory, { recursive: true }));

  beforeEach(() => {
    client = new DebugClient('sh', path.join(__dirname, 'adapter.sh'), 'skep');
    return client.start();
  });

  afterEach(() => client.stop());

  /** A move, and the names and lines of the frames where it stops. */
  async function move(request) {
    const [, stopped] = await Promise.all([client[request]({ threadId: 1 }), client.waitForEvent('stopped')]);
    const stack = await client.stackTraceRequest({ threadId: 1 });
    return [stopped.body.reason, ...stack.body.stackFrames.map(frame => `${frame.name}:${frame.line}`)];
  }

  it('refuses what it does not know', async () => {
    await client.initializeRequest();
    await assert.rejects(client.customRequest('illegalRequest'));
  });

  it('runs to the end', () => Promise.all([
    client.configurationSequence(),
    client.launch(launch),
    client.assertOutput('console', 'count_flows returned XDP_TX (3)'),
    client.waitForEvent('exited').then(event => assert.strictEqual(event.body.exitCode, 3)),
    client.waitForEvent('terminated'),
  ]));

  it('stops on entry', () => Promise.all([
    client.configurationSequence(),
    client.launch({ ...launch, stopOnEntry: true }),
    client.assertStoppedLocation('entry', { path: source, line: lineOf('*end = (void *)(long)ctx->data_end') }),
  ]));

  it('stops at a breakpoint', () => client.hitBreakpoint(launch, { path: source, line: lineOf('known = bpf_map_lookup_elem') }));

  it('moves a breakpoint to the next line with code', () => {
    const line = lineOf('name_of(ip->protocol, name);');
    return client.hitBreakpoint(launch, { path: source, line: line - 1 }, { path: source, line }, { path: source, line, verified: true });
  });

  it('steps into, over and out of a function, and back', async () => {
    const call = lineOf('name_of(ip->protocol, name);'), first = lineOf('int which = protocol == 6');
    await Promise.all([
      client.waitForEvent('initialized').then(async () => {
        await client.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'name_of' }] });
        return client.configurationDoneRequest();
      }),
      client.launch(launch),
      client.waitForEvent('stopped'),
    ]);
    const out = await move('stepOutRequest');
    assert.strictEqual(out.length, 2);
    assert.deepStrictEqual(await move('stepBackRequest'), ['step', `count_flows:${call}`]);
    const into = await move('stepInRequest');
    assert.strictEqual(into[0], 'function breakpoint');
    assert.strictEqual(into[2], `count_flows:${call}`);
    assert.deepStrictEqual(await move('nextRequest'), ['step', `name_of:${first}`, `count_flows:${call}`]);
    assert.deepStrictEqual(await move('reverseContinueRequest'), into);
  });

  it('shows registers, packet, maps and instructions', async () => {
    await client.hitBreakpoint(launch, { path: source, line: lineOf('known = bpf_map_lookup_elem') });
    const stack = await client.stackTraceRequest({ threadId: 1 });
    const { scopes } = (await client.scopesRequest({ frameId: stack.body.stackFrames[0].id })).body;
    const open = async variable =>
      new Map((await client.variablesRequest({ variablesReference: variable.variablesReference })).body.variables.map(v => [v.name, v]));
    const scope = name => open(scopes.find(one => one.name === name));
    assert.ok((await scope('Registers')).has('r10'));
    assert.match((await scope('Packet')).get('headers').value, /^udp 10\.0\.0\.1:5 > 10\.0\.0\.2:53/);
    const data = await open((await scope('Maps')).get('.data'));
    assert.strictEqual(data.get('primes').value, '[2,3,5,7,11,13,17,19]');
    const reference = stack.body.stackFrames[0].instructionPointerReference;
    const listing = await client.disassembleRequest({ memoryReference: reference, instructionOffset: -2, instructionCount: 5 });
    assert.strictEqual(listing.body.instructions.length, 5);
    assert.strictEqual(listing.body.instructions[2].address, reference);
    assert.ok(listing.body.instructions.find(one => one.location)?.location.path.endsWith(path.basename(source)));
  });

  it('prints at a log point and does not stop', () => Promise.all([
    client.waitForEvent('initialized').then(async () => {
      const breakpoints = [{ line: lineOf('known = bpf_map_lookup_elem'), logMessage: 'at step {$step}, {1 + 2}' }];
      await client.setBreakpointsRequest({ source: { path: source }, breakpoints });
      return client.configurationDoneRequest();
    }),
    client.launch(launch),
    client.assertOutput('console', 'at step '),
    client.waitForEvent('terminated'),
  ]));

  it('stops at writes to the packet and to maps', async () => {
    await Promise.all([
      client.configurationSequence(),
      client.launch({ ...launch, stopOnEntry: true }),
      client.waitForEvent('stopped'),
    ]);
    const infos = [];
    for (const name of ['bytes', 'flows', 'r1']) infos.push((await client.customRequest('dataBreakpointInfo', { name })).body);
    assert.deepStrictEqual(infos.map(info => info.dataId), ['packet', 'map flows', null]);
    const breakpoints = infos.slice(0, 2).map(info => ({ dataId: info.dataId, accessType: 'write' }));
    const set = await client.customRequest('setDataBreakpoints', { breakpoints });
    assert.deepStrictEqual(set.body.breakpoints.map(one => one.verified), [true, true]);
    assert.strictEqual((await move('continueRequest'))[0], 'data breakpoint');
  });
});
