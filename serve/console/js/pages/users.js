// Accounts: who they are, what they may do beyond their role, who is locked out.

import { call } from "../api.js";
import { h } from "../dom.js";
import { moment } from "../format.js";
import { named, t } from "../i18n.js";
import { may, me } from "../session.js";
import { ask } from "../ui/dialog.js";
import { listing } from "../ui/listing.js";
import { button, chip, head, two } from "../ui/parts.js";
import { toast } from "../ui/toast.js";

const ROLES = ["operator", "supervisor", "auditor", "admin"];
const PERMISSIONS = [
  "infractions.read", "evidence.view", "infractions.review", "appeals.file", "appeals.resolve", "payments.record", "fines.read",
  "pii.read", "users.read", "users.manage", "devices.read", "devices.manage", "zones.read", "zones.manage", "law.read",
  "audit.read", "reports.read", "exports.create", "notifications.read", "models.read",
];

/** Renders the list of users. */
export async function users(ctx) {
  const manage = may("users.manage");
  ctx.root.append(head(t("page.users"), t("users.text"), manage ? button(t("users.new"), () => create(() => list.reload()), { tone: "primary" }) : null));
  const list = await listing(ctx, {
    path: "/users", caption: t("users.caption"), open: manage ? (row) => edit(row, () => list.reload()) : null,
    none: { title: t("users.empty.title"), text: t("users.empty.text") },
    columns: [
      { label: t("users.name"), cell: (row) => two(row.full_name || row.username, row.username) },
      { label: t("users.role"), cell: (row) => named("role", row.role) },
      { label: t("users.email"), cell: (row) => row.email ?? "–" },
      { label: t("column.status"), cell: state },
      { label: t("users.lastLogin"), cell: (row) => moment(row.last_login) },
      { label: t("column.actions"), full: true, cell: (row) => (manage && locked(row) ? button(t("users.unlock"), () => unlock(row, () => list.reload()), { tone: "small" }) : "") },
    ],
  });
}

function locked(row) {
  return Boolean(row.locked_until) && Date.parse(row.locked_until) > Date.now();
}

function state(row) {
  if (!row.is_active) return chip(t("users.inactive"), "plain");
  return locked(row) ? chip(t("users.locked"), "bad", "lock") : chip(t("users.active"), "good");
}

async function unlock(row, reload) {
  try {
    await call("POST", `/users/${row.id}/unlock`);
    toast(t("users.unlocked", { name: row.username }));
    reload();
  } catch (error) {
    toast(error.message, { tone: "bad", keep: true });
  }
}

function create(reload) {
  const body = [
    field("username", "users.username", { required: true, minlength: "3", maxlength: "150", autocapitalize: "none" }),
    field("full_name", "users.name", { maxlength: "255" }),
    field("email", "users.email", { type: "email", required: true, maxlength: "255" }),
    field("password", "users.password", { type: "password", required: true, minlength: "12", maxlength: "200", autocomplete: "new-password" }, "users.password.hint"),
    roleField("operator"), extras([]),
  ];
  return ask({
    title: t("users.new"), body, confirm: t("action.save"), wide: true,
    submit: async (data) => {
      await call("POST", "/users", { body: { ...read(data), username: data.get("username").trim(), password: data.get("password") }, headers: { "Idempotency-Key": crypto.randomUUID() } });
      toast(t("users.created", { name: data.get("username") }));
      reload();
      return true;
    },
  });
}

async function edit(row, reload) {
  const { data: user, etag } = await call("GET", `/users/${row.id}`);
  const own = user.id === me().id;
  const body = [
    field("full_name", "users.name", { value: user.full_name ?? "", maxlength: "255" }),
    field("email", "users.email", { type: "email", required: true, value: user.email ?? "", maxlength: "255" }),
    own ? h("p", { class: "muted" }, t("users.own")) : [roleField(user.role),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "is_active", checked: user.is_active }), " ", t("users.mayEnter"))],
    own ? null : extras(user.extra_permissions ?? user.permissions ?? []),
  ];
  return ask({
    title: t("users.edit", { name: user.username }), body, confirm: t("action.save"), wide: true,
    submit: async (data) => {
      const change = own ? { full_name: read(data).full_name, email: read(data).email } : { ...read(data), is_active: data.get("is_active") === "on" };
      try {
        await call("PATCH", `/users/${user.id}`, { body: change, headers: { "If-Match": etag } });
      } catch (error) {
        throw error.status === 412 ? new Error(t("users.changed"), { cause: error }) : error;
      }
      toast(t("users.saved", { name: user.username }));
      reload();
      return true;
    },
  });
}

function read(data) {
  return { full_name: String(data.get("full_name")).trim() || null, email: data.get("email"), role: data.get("role"), permissions: data.getAll("permissions") };
}

function field(name, label, props, hint = null) {
  const { type = "text", ...rest } = props;
  return h("div", { class: "field" }, h("label", { for: `user-${name}` }, t(label)),
    h("input", { id: `user-${name}`, name, type, ...rest }), hint && h("span", { class: "hint" }, t(hint)));
}

function roleField(role) {
  return h("div", { class: "field" }, h("label", { for: "user-role" }, t("users.role")),
    h("select", { id: "user-role", name: "role" }, ROLES.map((name) => h("option", { value: name, selected: name === role }, named("role", name)))));
}

function extras(given) {
  return h("fieldset", { class: "field" }, h("legend", { class: "label" }, t("users.extra")),
    h("div", { class: "checks" }, PERMISSIONS.map((name) => h("label", {},
      h("input", { type: "checkbox", name: "permissions", value: name, checked: given.includes(name) }), named("permission", name)))));
}
