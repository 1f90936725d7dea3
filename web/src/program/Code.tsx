import type { ComponentChild } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { count, safe } from '../format';
import { Loaded, TextField } from '../parts/basic';
import { setQuery } from '../router';
import { type Line, Lines } from './Lines';

interface Instruction {
	pc: number;
	hex?: string;
	text: string;
	source?: { file?: string; line?: number; text?: string };
}

interface Program {
	instructions: Instruction[];
	pseudo?: { text: string; pc?: number | null }[];
	pseudo_reason?: string;
}

/** Source, pseudo-C and bytecode beside each other: what is chosen in one is shown in the others. */
export function Code({ path, query }: { path: string | undefined; query: URLSearchParams }) {
	const answer = useApi<Program>(path && pathOf(`${path}/code`));
	return (
		<Loaded of="the code" answer={answer}>
			{code => <Panes code={code} query={query} />}
		</Loaded>
	);
}

interface Pane {
	key: string;
	title: string;
	lines: Line[];
	/** The instruction of each line. */
	pcs: (number | undefined)[];
	texts: string[];
}

function Panes({ code, query }: { code: Program; query: URLSearchParams }) {
	const find = query.get('find') ?? '';
	const chosen = query.get('pc') === null ? undefined : Number(query.get('pc'));
	// The lines do not change with the choice.
	const sourceOf = useMemo(() => sourceKeys(code), [code]);
	const panes = useMemo(
		() => [sourcePane(code, find), pseudoPane(code, find), bytecodePane(code, find)].filter(pane => pane !== undefined),
		[code, find],
	);
	const grid = useRef<HTMLDivElement>(null);
	useEffect(() => grid.current!.style.setProperty('--panes', String(panes.length)), [panes.length]);
	const found =
		find === ''
			? 0
			: panes.reduce(
					(sum, pane) =>
						sum + pane.texts.filter(text => text.toLowerCase().includes(find.toLowerCase())).length,
					0,
				);
	const group = useMemo(() => (chosen === undefined ? new Set<number>() : groupOf(code, sourceOf, chosen)), [code, sourceOf, chosen]);
	return (
		<>
			<div class="filters">
				<TextField
					label="Find"
					value={find}
					placeholder="in the code"
					width="wide"
					wait={150}
					onChange={text => setQuery({ find: text })}
				/>
				<span class="dim" role="status">
					{find !== '' && `${count(found)} lines`}
				</span>
			</div>
			<div class="panes" ref={grid}>
				{panes.map(pane => {
					const active = chosen === undefined ? undefined : lineOf(pane.pcs, chosen);
					const linked = new Set<number>();
					if (group.size > 0)
						pane.pcs.forEach((pc, i) => {
							if (pc !== undefined && group.has(pc)) linked.add(i);
						});
					const firstFound =
						find === ''
							? -1
							: pane.texts.findIndex(text => text.toLowerCase().includes(find.toLowerCase()));
					return (
						<div class="pane" key={pane.key}>
							<h2>{pane.title}</h2>
							<Lines
								id={`lines-${pane.key}`}
								label={pane.title}
								lines={pane.lines}
								linked={linked}
								active={active}
								goTo={active ?? (firstFound >= 0 ? firstFound : undefined)}
								onChoose={i => {
									const pc = nearest(pane.pcs, i);
									if (pc !== undefined) setQuery({ pc: String(pc) });
								}}
							/>
						</div>
					);
				})}
			</div>
		</>
	);
}

/** All instructions that the same line of pseudo-C has as the chosen one. */
function groupOf(code: Program, sourceOf: Map<number, string>, chosen: number): Set<number> {
	const group = new Set([chosen]);
	const source = sourceOf.get(chosen);
	if (source !== undefined) for (const [pc, key] of sourceOf) if (key === source) group.add(pc);
	if (source === undefined) {
		const starts = (code.pseudo ?? [])
			.map(line => line.pc)
			.filter((pc): pc is number => typeof pc === 'number')
			.sort((a, b) => a - b);
		const from = starts.filter(pc => pc <= chosen).at(-1),
			to = starts.find(pc => pc > chosen);
		if (from !== undefined)
			for (const one of code.instructions) if (one.pc >= from && (to === undefined || one.pc < to)) group.add(one.pc);
	}
	return group;
}

function sourceKeys(code: Program): Map<number, string> {
	const keys = new Map<number, string>();
	let last: string | undefined;
	for (const one of code.instructions) {
		if (one.source) last = `${one.source.file}:${one.source.line}`;
		if (last !== undefined) keys.set(one.pc, last);
	}
	return keys;
}

/** The line of an instruction, or the last one before it. */
function lineOf(pcs: (number | undefined)[], chosen: number): number | undefined {
	let best: number | undefined;
	for (let i = 0; i < pcs.length; i++) {
		const pc = pcs[i];
		if (pc === undefined || pc > chosen) continue;
		if (pc === chosen) return i;
		if (best === undefined || pc > pcs[best]!) best = i;
	}
	return best;
}

function nearest(pcs: (number | undefined)[], line: number): number | undefined {
	for (let i = line; i < pcs.length; i++) if (pcs[i] !== undefined) return pcs[i];
	return undefined;
}

function bytecodePane(code: Program, find: string): Pane {
	const texts = code.instructions.map(one => safe(one.text));
	return {
		key: 'bytecode',
		title: 'Bytecode',
		texts,
		pcs: code.instructions.map(one => one.pc),
		lines: code.instructions.map((one, i) => ({
			number: String(one.pc),
			text: marked(texts[i]!, find),
			length: texts[i]!.length,
		})),
	};
}

function pseudoPane(code: Program, find: string): Pane | undefined {
	if (!code.pseudo || code.pseudo.length === 0) return undefined;
	const texts = code.pseudo.map(line => line.text.replace(/\t/g, '    ').split('\n').map(safe).join(' '));
	return {
		key: 'pseudo',
		title: 'Pseudo-C',
		texts,
		pcs: code.pseudo.map(line => line.pc ?? undefined),
		lines: texts.map((text, i) => ({ number: String(i + 1), text: marked(text, find), length: text.length })),
	};
}

function sourcePane(code: Program, find: string): Pane | undefined {
	const seen = new Map<string, { file: string; line: number; text: string; pc: number }>();
	for (const { pc, source } of code.instructions) {
		if (!source) continue;
		const key = `${source.file}:${source.line}`;
		if (!seen.has(key)) seen.set(key, { file: source.file ?? '', line: source.line ?? 0, text: source.text ?? '', pc });
	}
	if (seen.size === 0) return undefined;
	const rows = [...seen.values()].sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line));
	const lines: Line[] = [],
		pcs: (number | undefined)[] = [],
		texts: string[] = [];
	let file: string | undefined;
	for (const row of rows) {
		if (row.file !== file) {
			file = row.file;
			const name = safe(file);
			lines.push({ number: '', text: <span class="source-line">{name}</span>, length: name.length });
			pcs.push(undefined);
			texts.push(name);
		}
		const text = safe(row.text.replace(/\t/g, '    '));
		lines.push({ number: String(row.line), text: marked(text, find), length: text.length });
		pcs.push(row.pc);
		texts.push(text);
	}
	return { key: 'source', title: 'Source (BTF)', lines, pcs, texts };
}

function marked(text: string, find: string): ComponentChild {
	if (find === '') return text;
	const at = text.toLowerCase().indexOf(find.toLowerCase());
	return at < 0 ? (
		text
	) : (
		<>
			{text.slice(0, at)}
			<mark>{text.slice(at, at + find.length)}</mark>
			{text.slice(at + find.length)}
		</>
	);
}
