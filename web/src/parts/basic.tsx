import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ApiError, Answer } from '../api';
import { safe } from '../format';
import { setQuery } from '../router';

/** What stands where data could not be had. */
export function Failure({ of, error }: { of: string; error: ApiError }) {
	// What cannot be had of this object, or by this agent, is no failure.
	if ([400, 404, 413, 422].includes(error.status) || (error.status === 503 && error.retrySeconds === undefined))
		return (
			<p class="note">
				Not available: {of} ({safe(error.message)}).
			</p>
		);
	if (error.retrySeconds !== undefined)
		return (
			<p class="note" role="status">
				Waiting for {of}: {safe(error.message)}.
			</p>
		);
	return (
		<p class="note is-bad" role="alert">
			Reading {of}: {safe(error.message)}.
		</p>
	);
}

/** Data, or why there is none. */
export function Loaded<T>({ of, answer, children }: { of: string; answer: Answer<T>; children: (data: T) => ComponentChildren }) {
	return (
		<>
			{answer.error && <Failure of={of} error={answer.error} />}
			{answer.data !== undefined
				? children(answer.data)
				: answer.isLoading && (
						<p class="note" role="status">
							Reading {of} …
						</p>
					)}
		</>
	);
}

export function Section({
	title,
	note,
	children,
	className,
	actions,
}: {
	title: string;
	note?: ComponentChildren;
	children: ComponentChildren;
	className?: string;
	actions?: ComponentChildren;
}) {
	return (
		<section class={`section ${className ?? ''}`} aria-label={title}>
			<div class="section-head">
				<h2>{title}</h2>
				{note !== undefined && <span class="dim">{note}</span>}
				{actions}
			</div>
			{children}
		</section>
	);
}

export interface Tab {
	key: string;
	title: string;
	show: () => ComponentChildren;
}

/** Tabs, as https://www.w3.org/WAI/ARIA/apg/patterns/tabs: which one is open is in the address. */
export function Tabs({ label, tabs, open, name }: { label: string; tabs: Tab[]; open: string | null; name: string }) {
	const current = tabs.find(tab => tab.key === open) ?? tabs[0]!;
	const onKeyDown = (e: KeyboardEvent) => {
		const at = tabs.indexOf(current);
		const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[e.key];
		if (to === undefined) return;
		e.preventDefault();
		const next = tabs[(to + tabs.length) % tabs.length]!;
		setQuery({ [name]: next.key });
		document.getElementById(`${name}-${next.key}`)?.focus();
	};
	return (
		<div class="tabs">
			<div role="tablist" aria-label={label} class="tab-list" onKeyDown={onKeyDown}>
				{tabs.map(tab => (
					<button
						key={tab.key}
						type="button"
						role="tab"
						id={`${name}-${tab.key}`}
						aria-selected={tab === current}
						aria-controls={`${name}-panel`}
						tabIndex={tab === current ? 0 : -1}
						onClick={() => setQuery({ [name]: tab.key })}>
						{tab.title}
					</button>
				))}
			</div>
			<div
				role="tabpanel"
				id={`${name}-panel`}
				aria-labelledby={`${name}-${current.key}`}
				class="tab-panel"
				key={current.key}>
				{current.show()}
			</div>
		</div>
	);
}

export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
	return (
		<dl class="facts">
			{facts
				.filter(([, value]) => value !== undefined && value !== null && value !== '')
				.map(([name, value]) => (
					<div key={name}>
						<dt>{name}</dt>
						<dd>{value}</dd>
					</div>
				))}
		</dl>
	);
}

/** A table of few rows. */
export function Table({
	label,
	heads,
	rows,
	numbers = [],
}: {
	label: string;
	heads: string[];
	rows: ComponentChildren[][];
	numbers?: number[];
}) {
	return (
		<div class="scroll" tabIndex={0} role="group" aria-label={label}>
			<table>
				<thead>
					<tr>
						{heads.map((head, i) =>
							head === '' ? (
								<td key={i} />
							) : (
								<th key={i} scope="col" class={numbers.includes(i) ? 'is-number' : ''}>
									{head}
								</th>
							),
						)}
					</tr>
				</thead>
				<tbody>
					{rows.map((cells, at) => (
						<tr key={at}>
							{cells.map((cell, i) => (
								<td key={i} class={numbers.includes(i) ? 'is-number' : ''}>
									{cell}
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}

/** A text that is used when no key was pressed for a moment. */
export function TextField({
	label,
	value,
	onChange,
	placeholder,
	width,
	list,
	wait = 250,
}: {
	label: string;
	value: string;
	onChange: (value: string) => void;
	placeholder?: string;
	width?: string;
	list?: string;
	wait?: number;
}) {
	const [text, setText] = useState(value);
	useEffect(() => setText(value), [value]);
	useEffect(() => {
		if (text === value) return;
		const timer = setTimeout(() => onChange(text), wait);
		return () => clearTimeout(timer);
	}, [text]);
	return (
		<label class={`field ${width ?? ''}`}>
			<span>{label}</span>
			<input
				type="text"
				value={text}
				placeholder={placeholder}
				list={list}
				spellcheck={false}
				autocomplete="off"
				onInput={e => setText(e.currentTarget.value)}
				onKeyDown={e => {
					if (e.key === 'Enter') onChange(text);
				}}
			/>
		</label>
	);
}

/** The time, each second. */
export function useNow(everyMs = 1000): number {
	const [now, setNow] = useState(Date.now);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), everyMs);
		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}
