import { useId, useState } from "preact/hooks";
import { type ApiError, send, type Tagged, urlOf } from "../../api";
import { t } from "../../i18n";
import { asApiError } from "../../load";
import { ConfirmDialog, Failure, toast } from "../../ui";
import { base64Of, type Settings } from "./values";
import "../../style/files.css";

// The picture that stands for the company; the server leaves out of it what could do harm.
export function Logo(props: { of: Tagged<Settings>; reload: () => void }) {
	const { value: settings, tag } = props.of;
	const [error, setError] = useState<ApiError>();
	const [busy, setBusy] = useState(false);
	const [removing, setRemoving] = useState(false);
	const id = useId();

	async function put(file: File | undefined) {
		if (!file) return;
		setBusy(true);
		setError(undefined);
		try {
			await send("PUT", "logo", { image: base64Of(new Uint8Array(await file.arrayBuffer())) }, { ifMatch: tag });
			toast(t("settings.logo_saved"));
			props.reload();
		} catch (reason) {
			setError(asApiError(reason));
			props.reload();
		} finally {
			setBusy(false);
		}
	}

	return (
		<div class="form">
			{settings.logo_type ? (
				// Another picture has the same address: the fragment makes the browser ask again.
				<img key={settings.revision} class="logo" src={`${urlOf("logo")}#${settings.revision}`} alt={t("settings.logo_of", { name: settings.name ?? settings.tenant })} />
			) : (
				<p class="quiet">{t("settings.logo_none")}</p>
			)}
			<div class="field">
				<label for={id}>{t("settings.logo_choose")}</label>
				<p class="hint" id={`${id}-hint`}>
					{t("settings.logo_hint")}
				</p>
				<input
					id={id}
					type="file"
					name="logo"
					accept="image/png,image/svg+xml"
					aria-describedby={`${id}-hint`}
					disabled={busy}
					onChange={(event) => {
						const field = event.currentTarget;
						void put(field.files?.[0]).then(() => (field.value = ""));
					}}
				/>
			</div>
			{error && <Failure error={error} />}
			{settings.logo_type && (
				<div class="actions">
					<button type="button" class="danger" onClick={() => setRemoving(true)}>
						{t("settings.logo_remove_ask")}
					</button>
				</div>
			)}
			{removing && (
				<ConfirmDialog
					title={t("settings.logo_remove_title")}
					confirm={t("settings.logo_remove")}
					danger
					run={async () => {
						await send("DELETE", "logo", undefined, { ifMatch: tag });
						toast(t("settings.logo_removed"));
						props.reload();
					}}
					close={() => setRemoving(false)}
				>
					<p>{t("settings.logo_remove_lead")}</p>
				</ConfirmDialog>
			)}
		</div>
	);
}
