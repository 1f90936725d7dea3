import type { ComponentChildren } from 'preact';
import { pathOf, useApi } from '../api';
import { count, safe } from '../format';
import { Loaded, Section } from '../parts/basic';
import { setQuery } from '../router';

interface Said {
	text?: string;
	name?: string;
	function?: string;
	object?: string;
	insns?: number[];
}

interface Explanation {
	runs?: Said[];
	findings?: Said[];
	reads?: Said[];
	writes?: Said[];
	returns?: Said[];
	capabilities?: Record<string, Said[]>;
	maps?: { name?: string; id?: number; type?: string; max_entries?: number; insns?: number[] }[];
	shape?: Said[];
	insn_cnt?: number;
	verified_insns?: number;
	reason?: string;
}

/** What `skep prog explain` says, with the instructions that prove it. */
export function Explain({ path }: { path: string | undefined }) {
	const answer = useApi<Explanation>(path && pathOf(`${path}/explain`));
	return (
		<Loaded of="the explanation" answer={answer}>
			{one => (
				<div class="explain">
					<Part title="Findings" list={one.findings} isAlways />
					<Part title="Runs at" list={one.runs} />
					<Part title="Reads" list={one.reads} isAlways />
					<Part title="Changes" list={one.writes} isAlways />
					<Part title="Returns" list={one.returns} />
					{Object.entries(one.capabilities ?? {}).map(([name, list]) => (
						<Part key={name} title={`Calls: ${name.replace(/-/g, ' ')}`} list={list} />
					))}
					<Part
						title="Maps"
						list={(one.maps ?? []).map(map => ({
							text: [
								map.type,
								map.name,
								map.id !== undefined && `id ${map.id}`,
								map.max_entries !== undefined && `${count(map.max_entries)} entries`,
							]
								.filter(Boolean)
								.join(' '),
							insns: map.insns ?? [],
						}))}
					/>
					<Part title="Shape" list={one.shape} />
				</div>
			)}
		</Loaded>
	);
}

function Part({ title, list, isAlways }: { title: string; list: Said[] | undefined; isAlways?: boolean }) {
	if (!isAlways && (list ?? []).length === 0) return null;
	return (
		<Section title={title}>
			{(list ?? []).length === 0 ? (
				<p class="dim">none</p>
			) : (
				<ul>
					{list!.map((one, i) => (
						<li key={i}>
							<span>{textOf(one)}</span>
							<Insns insns={one.insns ?? []} />
						</li>
					))}
				</ul>
			)}
		</Section>
	);
}

function textOf(one: Said): ComponentChildren {
	if (typeof one === 'string') return safe(one);
	const text = safe(one.text ?? one.function ?? '');
	return one.name && one.text ? (
		<>
			<b>{safe(one.name)}</b> {text}
		</>
	) : (
		<>
			{text}
			{one.object && <span class="dim"> {safe(one.object)}</span>}
		</>
	);
}

function Insns({ insns }: { insns: number[] }) {
	if (insns.length === 0) return null;
	return (
		<span class="insns">
			{insns.slice(0, 6).map((pc, i) => (
				<>
					{i > 0 && ' '}
					<a
						href="#"
						aria-label={`instruction ${pc}`}
						onClick={e => {
							e.preventDefault();
							setQuery({ view: 'code', pc: String(pc) });
						}}>
						{pc}
					</a>
				</>
			))}
			{insns.length > 6 && <span class="dim"> +{insns.length - 6}</span>}
		</span>
	);
}
