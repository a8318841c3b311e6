import { moment, relative } from "../i18n";

// A time in the company's zone, with how long ago it is on demand; or a dash.
export function Time(props: { at: string | undefined | null; relative?: boolean }) {
	if (!props.at) return <>–</>;
	const absolute = moment(props.at);
	const away = relative(props.at);
	return (
		<time dateTime={props.at} title={props.relative ? absolute : away}>
			{props.relative ? away : absolute}
		</time>
	);
}
