using Microsoft.AspNetCore.Http;
using Skep.Filter.Runtime.Change;

namespace Skep.Agent.Web;

/// <summary>What HTTP may change: rules that were applied for a time are kept, as <c>skep filter confirm</c> keeps them.</summary>
internal static class FilterChanges
{
    /// <summary>Whether a path is one of a change.</summary>
    public static bool Has(string path) => path.Split('/') is ["", "api", "v1", "filter", { Length: > 0 }, "confirm"];

    /// <summary>Answers one.</summary>
    /// <param name="context">The request, which may be made: its token and origin are right.</param>
    /// <param name="table">The table.</param>
    /// <param name="isAllowed">Whether the configuration allows changes.</param>
    public static Task Answer(HttpContext context, string table, bool isAllowed)
    {
        if (!isAllowed)
        {
            return Reply.Refuse(
                context, StatusCodes.Status403Forbidden,
                $"keeping the rules of {table}: nothing is changed by HTTP (web.write = true in the configuration allows it; so does "
                + $"skep filter confirm {table})");
        }

        string notes = "";
        return Confirmation.Confirm(table, note => notes = note) switch
        {
            ConfirmationState.Confirmed => Reply.SendJson(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("table", table);
                json.WriteBoolean("confirmed", true);
                if (notes.Length > 0) json.WriteString("note", notes);
                json.WriteEndObject();
            }),
            ConfirmationState.Returned => Reply.Refuse(
                context, StatusCodes.Status409Conflict, $"confirming table {table}: it is too late (apply the rules again)"),
            _ => Reply.Refuse(
                context, StatusCodes.Status409Conflict,
                $"confirming table {table}: no rules of it wait to be confirmed (skep filter apply FILE --confirm 60s applies some)"),
        };
    }
}
