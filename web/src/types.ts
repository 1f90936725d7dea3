/** What the API sends: the keys that the commands print. Any of them may be absent. */
export interface Status {
	time: string;
	pid: number;
	version: string;
	host?: string;
	started: string;
	tier: number;
	state_dir: string;
	web_write?: boolean;
	bytes_database: number;
	bytes_programs: number;
	events: Counters;
	[key: string]: unknown;
}

export interface Counters {
	captured: number;
	stored: number;
	pending: number;
	dropped: Record<string, number>;
}

export interface Owner {
	pid: number;
	comm: string;
}

export interface Attached {
	how: string;
	attach_type?: string;
	target?: string;
	link_id?: number;
}

/** `/loaded`: as `skep prog show -j`. */
export interface LoadedProgram {
	id: number;
	type: string;
	name?: string;
	tag?: string;
	gpl_compatible?: boolean;
	loaded_at?: number | string;
	uid?: number;
	orphaned?: boolean;
	bytes_xlated?: number;
	jited?: boolean;
	bytes_jited?: number;
	bytes_memlock?: number;
	map_ids?: number[];
	btf_id?: number;
	pinned?: string[];
	pids?: Owner[];
	exe?: string;
	attach?: Attached[];
	run_cnt?: number;
	run_time_ns?: number;
	sha256?: string;
	cpu_percent?: number;
	events_per_second?: number;
	avg_run_ns?: number;
	unit?: string;
	loader_unit?: string;
	comm?: string;
	looked_at?: string;
}

export interface LoadedMap {
	id: number;
	type: string;
	name?: string;
	bytes_key: number;
	bytes_value: number;
	max_entries: number;
	bytes_memlock?: number;
	frozen?: number;
	pinned?: string[];
	pids?: Owner[];
}

export interface Instance {
	id: number;
	name?: string;
	loaded_at: string;
	watched: boolean;
	uid?: number;
	pid?: number;
	comm?: string;
	exe?: string;
	unit?: string;
	container?: string;
	first_seen: string;
	last_seen: string;
	gone?: string;
	bytes_memlock?: number;
	run_cnt: number;
	run_time_ns: number;
}

/** `/programs`: as `skep history programs -j`. */
export interface HistoryProgram {
	sha256?: string;
	tag?: string;
	type?: string;
	name?: string;
	insn_cnt?: number;
	first_seen: string;
	last_seen: string;
	loads: number;
	failures: number;
	instances: Instance[];
	file?: string;
	attachments?: HistoryAttachment[];
	versions?: { sha256?: string; first_seen: string; last_seen: string; changes?: string[] }[];
}

export interface HistoryAttachment {
	point: string;
	target?: string;
	link_id?: number;
	prog_id: number;
	sha256?: string;
	name?: string;
	type?: string;
	first_seen: string;
	last_seen: string;
	gone?: string;
}

export interface Place {
	kind: string;
	place: string;
	netns?: number;
	programs: { id: number; name?: string; type?: string; link_id?: number; order?: number }[];
}

export interface Alert {
	time: string;
	rule: string;
	severity: string;
	count?: number;
	subject?: string;
	text: string;
	event?: unknown;
	explanation?: unknown;
}

export interface Packets {
	packets: number;
	bytes: number;
}

export interface FilterRule extends Packets {
	id: string;
	line?: number;
	text: string;
}

/** `/filter`: as `skep filter show -j`. */
/** What is counted by key, as far as there was room; `missed` is what is in no entry of it. */
export interface TopCounts<T> {
	seen: Packets;
	missed: Packets;
	top: (T & Packets)[];
}

export interface FilterStats {
	sources?: TopCounts<{ source: string }>;
	ports?: TopCounts<{ protocol: string; port: number }>;
	sizes?: ({ from: number; to?: number } & Packets)[];
}

export interface FilterTable {
	table: string;
	policy: string;
	returns_in?: number;
	devices: { device: string; netns: string; mode: string; prog_id: number; link_id: number; since: string; gone?: boolean }[];
	actions: Record<string, Packets>;
	protocols: Record<string, Packets>;
	rules: FilterRule[];
	sets: { name: string; type: string; elements: number; counters?: ({ value: string } & Partial<Packets>)[] }[];
	log?: { packets: number; lost: number };
	[key: string]: unknown;
}
