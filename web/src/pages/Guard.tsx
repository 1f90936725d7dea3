import { useState } from 'preact/hooks';
import { pathOf, useApi } from '../api';
import { clock, count, safe } from '../format';
import { type Column, Grid } from '../parts/Grid';
import { Loaded, Section, Table } from '../parts/basic';

interface Rule {
	rule: number;
	line?: number;
	action: string;
	on?: string[];
	message?: string;
	decided?: number;
}

interface Policy {
	policy?: string;
	name?: string;
	version?: string;
	default?: string;
	fail?: string;
	default_decided?: number;
	rules?: Rule[];
}

interface Generation {
	generation: number;
	applied_at?: string;
	backend?: string;
	deciding: boolean;
	seconds_left?: number;
	policies: Policy[];
}

interface Decision {
	number?: number;
	time: string;
	decision: string;
	cmd: string;
	policy?: string;
	rule?: number;
	reason?: string;
	message?: string;
	pid?: number;
	uid?: number;
	comm?: string;
	exe?: string;
	prog?: { type?: string; name?: string; sha256?: string };
	map?: { type?: string; name?: string };
}

interface LearnedAnswer {
	events: number;
	unknown: number;
	policy: string;
}

const learnedEvents = 10_000;

interface GuardState {
	active?: boolean;
	policies?: Policy[];
	generations?: Generation[];
	decisions?: Decision[];
	judged?: number;
	denied?: number;
	alerted?: number;
	unjudged?: number;
	reason?: string;
}

/** What BPF may do here, and what was denied or reported. */
export function Guard() {
	const answer = useApi<GuardState>(pathOf('guard'), 3000);
	return (
		<>
			<h1 class="visually-hidden">Guard</h1>
			<Loaded of="the guard" answer={answer}>
				{guard => <State guard={guard} />}
			</Loaded>
		</>
	);
}

function State({ guard }: { guard: GuardState }) {
	const generations = guard.generations ?? [];
	const policies = guard.policies ?? generations.find(one => one.deciding)?.policies ?? [];
	const totals: [string, number | undefined][] = [
		['judged', guard.judged],
		['denied', guard.denied],
		['reported', guard.alerted],
		['not judged', guard.unjudged],
	];
	return (
		<>
			<dl class="totals">
				<div>
					<dt>guard</dt>
					<dd>{(guard.active ?? policies.length > 0) ? 'decides' : 'no policy is applied'}</dd>
				</div>
				{totals
					.filter(([, value]) => value !== undefined)
					.map(([name, value]) => (
						<div key={name}>
							<dt>{name}</dt>
							<dd>{count(value)}</dd>
						</div>
					))}
			</dl>
			{guard.reason && <p class="note">{safe(guard.reason)}</p>}
			{generations
				.filter(one => one.seconds_left !== undefined)
				.map(one => (
					<p key={one.generation} class="note is-warn" role="timer">
						Generation {one.generation} ends in <b>{Math.ceil(one.seconds_left!)} s</b> (skep guard
						confirm keeps it).
					</p>
				))}
			<Section title="Policies">
				{policies.length === 0 ? (
					<p class="note">
						No policy is applied (skep guard apply FILE; skep guard test judges what watch recorded).
					</p>
				) : (
					policies.map((policy, i) => <OnePolicy key={i} policy={policy} />)
				)}
			</Section>
			<Section title="Decisions" note="denied and reported, newest first">
				<Decisions decisions={guard.decisions ?? []} />
			</Section>
			<Learned />
		</>
	);
}

/** The policy that allows what the newest events of the history did, and denies all else. */
function Learned() {
	const [isOpen, setOpen] = useState(false);
	return (
		<Section title="Learned" note="a policy that allows what history has, and denies all else; it is not applied">
			{isOpen ? (
				<LearnedPolicy />
			) : (
				<button type="button" onClick={() => setOpen(true)}>
					Learn from history
				</button>
			)}
		</Section>
	);
}

function LearnedPolicy() {
	const answer = useApi<LearnedAnswer>(pathOf('guard/learned', { last: String(learnedEvents) }));
	return (
		<Loaded of="the learned policy" answer={answer}>
			{learned => (
				<>
					<p class="dim">
						Of {count(learned.events)} operations among the last {count(learnedEvents)} events
						{learned.unknown > 0 && `; ${count(learned.unknown)} loads of which nothing is known are not allowed by it`}. The
						same is written by: skep history events -n {learnedEvents} -j | skep guard learn --events -
					</p>
					<pre class="diff" tabIndex={0} aria-label="Learned policy">
						{learned.policy}
					</pre>
				</>
			)}
		</Loaded>
	);
}

function OnePolicy({ policy }: { policy: Policy }) {
	const name = policy.policy ?? policy.name ?? '';
	return (
		<div class="policy">
			<h3>
				{safe(name)}{' '}
				<span class="dim">
					{policy.version && `version ${safe(policy.version)}, `}default {policy.default}
					{policy.default_decided !== undefined && ` (${count(policy.default_decided)})`}
					{policy.fail && `, fail ${policy.fail}`}
				</span>
			</h3>
			{policy.rules && policy.rules.length > 0 && (
				<Table
					label={`Rules of ${name}`}
					heads={['rule', 'line', 'action', 'on', 'message', 'decided']}
					numbers={[0, 1, 5]}
					rows={policy.rules.map(rule => [
						rule.rule,
						rule.line ?? '',
						rule.action,
						(rule.on ?? []).join(' '),
						safe(rule.message),
						count(rule.decided),
					])}
				/>
			)}
		</div>
	);
}

const columns: Column<Decision>[] = [
	{ key: 'time', title: 'time (UTC)', width: 92, isMono: true, cell: one => <time title={one.time}>{clock(one.time)}</time> },
	{
		key: 'decision',
		title: 'decision',
		width: 66,
		cell: one => <b class={one.decision === 'deny' ? 'is-bad' : 'is-warn'}>{one.decision}</b>,
	},
	{ key: 'cmd', title: 'cmd', width: 100, priority: 3, cell: one => one.cmd },
	{
		key: 'what',
		title: 'what',
		width: 130,
		grow: 1,
		priority: 2,
		cell: one => safe([one.prog?.type ?? one.map?.type, one.prog?.name ?? one.map?.name].filter(Boolean).join(' ')),
	},
	{ key: 'by', title: 'by', width: 110, grow: 1, priority: 2, cell: one => `${safe(one.comm)}[${one.pid}]` },
	{ key: 'policy', title: 'policy', width: 90, priority: 4, cell: one => safe(one.policy) },
	{
		key: 'reason',
		title: 'reason',
		width: 150,
		grow: 3,
		priority: 1,
		cell: one => <span title={safe(one.reason)}>{safe(one.message ?? one.reason)}</span>,
	},
];

function Decisions({ decisions }: { decisions: Decision[] }) {
	return (
		<Grid
			id="decisions"
			label="Decisions"
			className={decisions.length > 12 ? 'tall' : 'fits'}
			columns={columns}
			count={decisions.length}
			row={i => decisions[decisions.length - 1 - i]!}
			rowKey={one => one.number ?? one.time}
			empty="Nothing was denied or reported."
		/>
	);
}
