using System.Text;
using System.Text.Json;
using Skep.Filter.Check;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Json;

/// <summary>Tables as JSON, one to one with the canonical text.</summary>
public static class TableJson
{
    private static readonly string[] Keys = ["table", "devices", "mode", "policy", "malformed", "track", "sets", "rules"];

    /// <summary>Writes a table.</summary>
    /// <param name="table">The table.</param>
    /// <returns>The JSON text, indented. What was read from feeds is not in it.</returns>
    public static string Write(Table table) => JsonSerializer.Serialize(ToDocument(table), TableDocumentContext.Default.TableDocument);

    /// <summary>Writes a table as a value.</summary>
    public static void Write(Utf8JsonWriter json, Table table) =>
        JsonSerializer.Serialize(json, ToDocument(table), TableDocumentContext.Default.TableDocument);

    /// <summary>Reads a table. It goes through the same checks as rule text.</summary>
    /// <param name="name">The file's name, for messages.</param>
    /// <param name="json">The JSON text.</param>
    /// <param name="feeds">Reads the files that sets name.</param>
    /// <returns>The table or the errors; errors of rules show the rule as text.</returns>
    public static RuleFile Read(string name, string json, FeedReader feeds)
    {
        TableDocument? document;
        if (!BeginsTable(json))
            return Refuse(name, json, 0, "this is no table: its first key is none of the JSON form", mayBeQuoted: false);
        try
        {
            document = JsonSerializer.Deserialize(json, TableDocumentContext.Default.TableDocument);
        }
        catch (JsonException error)
        {
            return Refuse(name, json, OffsetOf(json, error),
                error.Path is { Length: > 0 } path ? $"{path}: {Shorten(error)}" : Shorten(error));
        }
        if (document is null) return Refuse(name, json, 0, "the file holds null, not a table");
        var text = new StringBuilder();
        return DocumentText.TryWrite(document, text, out var problem)
            ? RuleFile.Read(new SourceText($"{name} (as rule text)", text.ToString()), feeds)
            : Refuse(name, json, 0, problem);
    }

    // What begins with no key of a table may be a file of any kind: nothing of it is quoted.
    private static bool BeginsTable(string json)
    {
        var rest = json.AsSpan().Trim();
        if (rest is not ['{', ..]) return false;
        rest = rest[1..].TrimStart();
        if (rest is not ['"', ..]) return false;
        rest = rest[1..];
        foreach (var key in Keys)
            if (rest.StartsWith(key) && rest[key.Length..] is ['"', ..]) return true;
        return false;
    }

    private static RuleFile Refuse(string name, string json, int offset, string message, bool mayBeQuoted = true)
    {
        var diagnostics = new DiagnosticBag();
        diagnostics.Error(new SourceText(name, json) { MayBeQuoted = mayBeQuoted }, new(offset, 0), message,
            "the JSON form is in docs/filter.md");
        return RuleFile.Refused(diagnostics);
    }

    private static int OffsetOf(string json, JsonException error)
    {
        var offset = 0;
        for (var line = error.LineNumber ?? 0; line > 0; line--)
            offset = json.IndexOf('\n', offset) is >= 0 and var end ? end + 1 : json.Length;
        return (int)Math.Min(offset + (error.BytePositionInLine ?? 0), json.Length);
    }

    private static string Shorten(JsonException error)
    {
        // The rest of the message repeats path and position.
        var message = error.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0];
        var quoted = message.Split('\'');
        if (message.StartsWith("The JSON value could not be converted", StringComparison.Ordinal))
            return "the value is of another type than the form has there";
        if (message.StartsWith("JSON deserialization for type", StringComparison.Ordinal)) return $"a key is missing: {quoted[^2]}";
        return message.StartsWith("The JSON property", StringComparison.Ordinal) && quoted.Length > 2
            ? $"there is no key {quoted[1]} here" : message;
    }

    private static TableDocument ToDocument(Table table) => new()
    {
        Table = table.Name,
        Devices = table.Devices.Count == 0 ? null : [.. table.Devices],
        Mode = table.Mode switch { AttachMode.Native => "native", AttachMode.Generic => "generic", _ => "auto" },
        Policy = RuleFormatter.Format(new Verdict(table.Policy)),
        Malformed = table.Malformed is { } malformed ? RuleFormatter.Format(new Verdict(malformed)) : null,
        Track = table.Track == Sketches.None ? null : [.. TrackText.Format(table.Track)],
        Sets = table.Sets.Count == 0 ? null : [.. table.Sets.Select(ToDocument)],
        Rules = [.. table.Rules.Select(ToDocument)],
    };

    private static SetDocument ToDocument(Set set) => new()
    {
        Name = set.Name,
        Type = [.. set.Types.Select(t => DataTypeInfo.NameOf(t)!)],
        Flags =
            (set.IsInterval, set.HasTimeouts) switch
            {
                (true, true) => ["interval", "timeout"],
                (true, _) => ["interval"],
                (_, true) => ["timeout"],
                _ => null
            },
        Timeout = set.DefaultTimeout is { } timeout ? DurationText.Format(timeout) : null,
        Size = set.MaxElements,
        Counter = set.HasCounters ? true : null,
        Comment = set.Comment,
        File = set.FeedPath,
        Elements = set.Elements.Count == 0 ? null : [.. RuleFormatter.FormatElements(set)],
    };

    private static RuleDocument ToDocument(Rule rule) => new()
    {
        Id = rule.Id,
        Match = rule.Matches.Count == 0 ? null : [.. rule.Matches.Select(ToDocument)],
        Limit = rule.Limit is { } limit ? ToDocument(limit) : null,
        Statements = rule.Statements.Count == 0 ? null : [.. rule.Statements.Select(ToDocument)],
        Verdict = ToDocument(rule.Verdict),
        Comment = rule.Comment,
    };

    private static MatchDocument ToDocument(Match match)
    {
        var document = new MatchDocument { Field = FieldNames(match.Fields), Op = match.Negated ? "!=" : "==" };
        return match switch
        {
            SetMatch set => document with { Set = set.SetName },
            FlagsMatch flags => document with { Mask = FlagNames(flags.Mask), Value = FlagNames(flags.Value) },
            _ => document with
            {
                Values =
                    [
                        .. RuleFormatter.FormatElements(((ValuesMatch)match).Elements, [.. match.Fields.Select(f => FieldInfo.Of(f).Type)],
                            [.. match.Fields.Select(f => FieldInfo.Of(f).Bits)])],
            },
        };
    }

    private static string[] FieldNames(IEnumerable<Field> fields) => [.. fields.Select(f => FieldInfo.Of(f).Name)];

    private static string[] FlagNames(byte flags) => flags == 0 ? [] : ValueText.FormatFlags(flags).Split('|');

    private static LimitDocument ToDocument(RateLimit limit) => new()
    {
        Over = limit.Over,
        Rate = limit.Rate,
        Unit = RuleFormatter.UnitName(limit.Unit),
        Burst = limit.Burst,
        Per = limit.Key.Count == 0 ? null : FieldNames(limit.Key),
        Size = limit.Key.Count == 0 ? null : limit.MaxKeys,
    };

    private static StatementDocument ToDocument(Statement statement) => statement switch
    {
        LogStatement log => new() { Log = new() { Sample = log.SampleOneIn } },
        SetStatement set =>
            new()
            {
                Set =
                new() { Field = FieldInfo.Of(set.Field).Name, Value = ValueText.Format(set.Value, FieldInfo.Of(set.Field).Type) }
            },
        _ => new() { Swap = [.. ((SwapStatement)statement).Headers.Select(HeaderPairs.NameOf)] },
    };

    private static VerdictDocument ToDocument(Verdict verdict) => verdict.Kind switch
    {
        VerdictKind.RedirectDevice => new() { Action = "redirect", Device = verdict.Device },
        VerdictKind.RedirectCpu => new() { Action = "redirect", Cpu = verdict.Cpu },
        VerdictKind.RedirectXsk => new() { Action = "redirect", To = "xsk" },
        VerdictKind.RedirectFib => new() { Action = "redirect", To = "fib" },
        _ => new() { Action = RuleFormatter.Format(verdict) },
    };
}
