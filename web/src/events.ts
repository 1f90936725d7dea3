import { safe } from './format';

/** An event as `skep watch -j` prints it, or a gap of the history. */
export interface SkepEvent {
	time: string;
	seq?: number;
	cmd?: string;
	syscall?: string;
	comm?: string;
	pid?: number;
	uid?: number;
	unit?: string;
	container?: string;
	ret?: number;
	error?: string;
	count?: number;
	duration_ns?: number;
	prog?: { id?: number; type?: string; name?: string; tag?: string; sha256?: string };
	map?: { id?: number; type?: string; name?: string };
	link?: { id?: number; type?: string; prog_id?: number; target?: string };
	btf?: { id?: number };
	attach?: { how?: string; attach_type?: string; target?: string; prog_id?: number; sha256?: string };
	gap?: { until: string; killed: boolean };
	[key: string]: unknown;
}

export interface EventRow {
	key: number;
	event: SkepEvent;
	what: string;
	/** What a search looks in, in lower case. */
	text: string;
}

export function rowOf(event: SkepEvent, key: number): EventRow {
	const what = whatOf(event);
	const text = [event.cmd, what, event.comm, event.pid, event.unit, event.container, event.error, event.prog?.sha256, event.prog?.tag]
		.filter(one => one !== undefined)
		.join(' ')
		.toLowerCase();
	return { key, event, what, text };
}

function whatOf(event: SkepEvent): string {
	const { prog, map, link, btf, attach } = event;
	const parts: string[] = [];
	if (event.gap)
		parts.push(`no agent watched until ${event.gap.until}${event.gap.killed ? ': the one before did not end by itself' : ''}`);
	if (prog) parts.push([prog.type, prog.name && safe(prog.name), prog.id && `id ${prog.id}`].filter(Boolean).join(' '));
	if (map) parts.push([map.type, map.name && safe(map.name), map.id && `map id ${map.id}`].filter(Boolean).join(' '));
	if (link)
		parts.push(
			[
				link.type,
				link.target && safe(link.target),
				link.id && `link id ${link.id}`,
				// Of a link that was not made, or is gone.
				!prog && link.prog_id && `prog id ${link.prog_id}`,
			]
				.filter(Boolean)
				.join(' '),
		);
	if (attach)
		parts.push(
			[
				attach.how,
				attach.attach_type,
				attach.target && safe(attach.target),
				attach.prog_id && `prog id ${attach.prog_id}`,
			]
				.filter(Boolean)
				.join(' '),
		);
	if (btf?.id) parts.push(`btf id ${btf.id}`);
	if (event.count !== undefined && event.count > 1) parts.push(`× ${event.count}`);
	return parts.filter(part => part !== '').join(', ');
}

/** Which of the program's names an address takes: by its code where that is known, else what is loaded. */
export function programRef(event: SkepEvent): string | undefined {
	const hash = event.prog?.sha256 ?? event.attach?.sha256;
	if (hash) return hash;
	const id = event.prog?.id ?? event.link?.prog_id ?? event.attach?.prog_id;
	return id ? `id:${id}` : undefined;
}
