/** The last values, as a line; its scale begins at zero. */
export function Sparkline({
	values,
	label,
	width = 92,
	height = 18,
}: {
	values: number[];
	label: string;
	width?: number;
	height?: number;
}) {
	const most = Math.max(...values, 0);
	const step = width / 59;
	const x = (i: number) => (width - (values.length - 1 - i) * step).toFixed(1);
	const y = (value: number) => (height - 1 - (most === 0 ? 0 : (value / most) * (height - 3))).toFixed(1);
	const line = values.map((value, i) => `${x(i)},${y(value)}`).join(' ');
	return (
		<svg class="spark" width={width} height={height} role="img" aria-label={`${label}: at most ${most.toFixed(1)}`}>
			{values.length > 1 && <polyline points={line} />}
		</svg>
	);
}
