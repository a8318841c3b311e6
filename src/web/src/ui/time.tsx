import { signal } from "@preact/signals";
import { moment, relative } from "../i18n";

// "5 seconds ago" is true for a moment only.
const now = signal(Date.now());
setInterval(() => {
	if (!document.hidden) now.value = Date.now();
}, 10_000);

// A time in the company's zone, with how long ago it is on demand; or a dash.
export function Time(props: { at: string | undefined | null; relative?: boolean }) {
	if (!props.at) return <>–</>;
	const absolute = moment(props.at);
	const away = relative(props.at, Math.max(now.value, Date.now()));
	return (
		<time dateTime={props.at} title={props.relative ? absolute : away}>
			{props.relative ? away : absolute}
		</time>
	);
}
