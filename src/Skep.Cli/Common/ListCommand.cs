using System.CommandLine;
using System.Text.Json;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Cli.Common;

/// <summary><c>list</c> and <c>show</c> of each kind of object.</summary>
internal static class ListCommand
{
    /// <param name="kind">The kind of object.</param>
    /// <param name="description">What the command shows.</param>
    /// <param name="argument">The name of its argument in help.</param>
    /// <param name="attachments">Whether the writer tells where programs are attached.</param>
    /// <param name="writer">Writes what was read.</param>
    public static Command Create<T>(
        ObjectKindWords<T> kind, string description, string argument, bool attachments, Func<Surroundings, IInventoryWriter<T>> writer)
        where T : class
    {
        var words = new Argument<string[]>(argument)
        {
            Description = $"The {kind.Noun} to show: id N{string.Concat(kind.Keys.Keys.Select(key => $" | {key} {key.ToUpperInvariant()}"))}{(kind.Pinned is null ? "" : " | pinned PATH")} | N. All, if none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json", "-j") { Description = "JSON with bpftool's keys." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var bpffs = new Option<bool>("--bpffs", "-f") { Description = "Accepted as bpftool's; pins are always shown.", Hidden = true };
        var list = new Command("list", description) { words, json, pretty, bpffs };
        list.Aliases.Add("show");
        list.SetAction(parsed =>
        {
            IReadOnlyList<string> given = parsed.GetValue(words) ?? [];
            IEnumerable<Listed<T>> chosen = [];
            bool single = false;
            string? mistake = null;
            Surroundings around = Surroundings.Begin(attachments, () => chosen = ObjectSelection.Find(kind, given, out single, out mistake));
            if (mistake is not null) return Talk.Error(mistake, ExitCode.Usage);
            List<Listed<T>> items = [.. chosen];
            around.Complete();
            if (around.Owners.Reason is { } reason) Talk.Say($"the processes that hold objects are not told: {SafeText.EscapeLines(reason)}");
            if (parsed.GetValue(json) || parsed.GetValue(pretty)) WriteJson(items, writer(around), single, parsed.GetValue(pretty));
            else WriteText(items, writer(around));
            return ExitCode.Done;
        });
        return list;
    }

    private static void WriteText<T>(IEnumerable<Listed<T>> items, IInventoryWriter<T> writer) where T : class => Data.WriteText(output =>
    {
        foreach (Listed<T> item in items)
        {
            if (item.Entry is { } entry) writer.WriteText(output, entry);
            else output.Write($"{item.Id}: could not be read: {SafeText.Escape(item.Reason ?? "")}\n");
        }
    });

    private static void WriteJson<T>(IEnumerable<Listed<T>> items, IInventoryWriter<T> writer, bool single, bool pretty) where T : class => Data.WriteJson(pretty, json =>
    {
        if (!single) json.WriteStartArray();
        foreach (Listed<T> item in items)
        {
            if (item.Entry is { } entry) writer.WriteJson(json, entry);
            else WriteUnread(json, item.Id, item.Reason);
            if (json.BytesPending >= Data.BufferBytes) json.Flush();
        }

        if (!single) json.WriteEndArray();
    });

    private static void WriteUnread(Utf8JsonWriter json, uint id, string? reason)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("error", reason);
        json.WriteEndObject();
    }
}
