import { useId, useState } from "preact/hooks";
import { ApiError, get, send, urlOf } from "../../api";
import { t } from "../../i18n";
import { asApiError, useLoad } from "../../load";
import { go, to } from "../../router";
import { Actions, Failure, Section } from "../../ui";
import { type Import, textOf } from "./import";
import "../../style/files.css";

async function read(file: File | undefined, pasted: string): Promise<string> {
	if (!file) return pasted;
	const text = textOf(await file.arrayBuffer());
	if (text === null) throw new ApiError(400, "syntax", "", t("imports.not_utf8"), "csv");
	return text;
}

// The file is read and judged, and nothing else: what comes of it is decided on the next page.
export function Upload() {
	const [file, setFile] = useState<File>();
	const [pasted, setPasted] = useState("");
	const [update, setUpdate] = useState(false);
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError>();
	const policy = useLoad((signal) => get<{ value: string }>("policies/imports.update", {}, signal), []);
	const id = useId();

	async function submit(event: Event) {
		event.preventDefault();
		setBusy(true);
		setError(undefined);
		try {
			const csv = await read(file, pasted);
			const made = await send<Import>("POST", "imports", { csv, ...(update ? { update } : {}) });
			go(to`/imports/${made.import}`);
		} catch (reason) {
			setError(asApiError(reason));
		} finally {
			setBusy(false);
		}
	}

	return (
		<Section
			title={t("imports.upload")}
			actions={
				<a class="button" href={urlOf("imports/template")} download="people.csv">
					{t("imports.template")}
				</a>
			}
		>
			<form class="form" onSubmit={submit}>
				<div class="field">
					<label for={`${id}-file`}>{t("imports.file")}</label>
					<p class="hint" id={`${id}-hint`}>
						{t("imports.file_hint")}
					</p>
					<input
						id={`${id}-file`}
						type="file"
						name="file"
						accept=".csv,text/csv,text/plain"
						aria-describedby={`${id}-hint`}
						disabled={busy}
						onChange={(event) => {
							setError(undefined);
							setFile(event.currentTarget.files?.[0]);
						}}
					/>
				</div>
				<div class="field">
					<label for={`${id}-text`}>{t("imports.paste")}</label>
					<textarea
						id={`${id}-text`}
						name="text"
						rows={5}
						spellcheck={false}
						disabled={busy || !!file}
						value={pasted}
						onInput={(event) => setPasted(event.currentTarget.value)}
					/>
				</div>
				{policy.value?.value === "true" && (
					<div class="field">
						<label>
							<input type="checkbox" checked={update} onChange={(event) => setUpdate(event.currentTarget.checked)} />{" "}
							{t("imports.update")}
						</label>
					</div>
				)}
				{error && <Failure error={error} />}
				<Actions>
					<button type="submit" class="primary" disabled={busy || (!file && !pasted.trim())}>
						{t(busy ? "imports.reading" : "imports.preview")}
					</button>
				</Actions>
			</form>
		</Section>
	);
}
