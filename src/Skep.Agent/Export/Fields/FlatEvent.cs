using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Linux.Time;

namespace Skep.Agent.Export.Fields;

/// <summary>An event as receivers take it: its keys, those of objects within it joined by dots.</summary>
/// <param name="TimeNs">When it happened, in nanoseconds of Unix time.</param>
/// <param name="Fields">All of it but the time.</param>
internal sealed record FlatEvent(long TimeNs, Field[] Fields)
{
    /// <summary>Before a name of Skep's own, where there are others.</summary>
    public const string Prefix = "skep.";

    private const long NanosecondsPerSecond = 1_000_000_000, NanosecondsPerTick = 100;

    /// <summary>What it is called: the command, or what else happened.</summary>
    public string Name => Text("cmd") ?? (IsAlert ? "alert" : "event");

    /// <summary>Whether the kernel refused it.</summary>
    public bool HasFailed => Text("error") is not null || Decision == "deny";

    /// <summary>Whether it is more than information.</summary>
    public bool IsWarning => IsAlert || HasFailed || Decision is not null;

    /// <summary>What happened, in a line.</summary>
    public string Summary
    {
        get
        {
            if (IsAlert) return $"{Text("rule")}: {Text("message") ?? Text("text")}";
            var line = new StringBuilder();
            line.Append(Text("comm") ?? "?").Append('[').Append(Text("pid") ?? "?").Append("] ").Append(Name);
            foreach (string part in (ReadOnlySpan<string>)["prog", "map", "link"])
            {
                if (Text(part + ".type") is { } type) line.Append(' ').Append(type);
                if (Text(part + ".name") is { } name) line.Append(' ').Append(name);
                if (Text(part + ".id") is { } id) line.Append(' ').Append(part).Append(" id ").Append(id);
            }

            if (Text("count") is { } count) line.Append(", ").Append(count).Append(" calls");
            if (Decision is { } decision) line.Append(": ").Append(decision).Append(' ').Append(Text("reason"));
            return line.Append(Text("error") is { } error ? $": {error}" : "").ToString();
        }
    }

    // Of guard.
    private string? Decision => Text("decision");

    private bool IsAlert => Text("cmd") is null && Text("rule") is not null;

    /// <summary>Reads the JSON of an event.</summary>
    /// <param name="json">The event.</param>
    /// <param name="root">Has the names of fields that were read before; null for none.</param>
    /// <exception cref="JsonException">It is none.</exception>
    public static FlatEvent Of(ReadOnlySpan<byte> json, FieldPath? root = null)
    {
        var fields = new List<Field>(48);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        ReadObject(ref reader, root ?? new FieldPath(), fields);
        long? time = null;
        for (int i = 0; i < fields.Count && time is null; i++)
        {
            if (fields[i] is not { Name: "time", Value: FieldValue.OfText { Value: var text } }) continue;
            time = TimeOf(text);
            if (time is not null) fields.RemoveAt(i);
        }

        return new(time ?? Clocks.UnixNanoseconds(), [.. fields]);
    }

    /// <summary>A field as text; null when there is none, or when it is a list.</summary>
    public string? Text(string name)
    {
        foreach (Field field in Fields)
            if (field.Name == name) return TextOf(field.Value);
        return null;
    }

    /// <summary>A value as text; null for a list.</summary>
    public static string? TextOf(FieldValue value) => value switch
    {
        FieldValue.OfText { Value: var text } => text,
        FieldValue.OfInteger { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
        FieldValue.OfNumber { Value: var number } => number.ToString("R", CultureInfo.InvariantCulture),
        FieldValue.OfFlag { Value: var flag } => flag ? "true" : "false",
        _ => null,
    };

    private static void ReadObject(ref Utf8JsonReader reader, FieldPath path, List<Field> fields)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            FieldPath field = path.Of(ref reader);
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) ReadObject(ref reader, field, fields);
            else if (Value(ref reader, field) is { } value) fields.Add(new(field.Name, value));
        }
    }

    private static FieldValue? Value(ref Utf8JsonReader reader, FieldPath path)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return new FieldValue.OfText(reader.GetString()!);
            case JsonTokenType.Number when reader.TryGetInt64(out long number): return new FieldValue.OfInteger(number);
            case JsonTokenType.Number: return new FieldValue.OfNumber(reader.GetDouble());
            case JsonTokenType.True: return new FieldValue.OfFlag(true);
            case JsonTokenType.False: return new FieldValue.OfFlag(false);
            case JsonTokenType.StartArray:
                var values = new List<FieldValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    if (Value(ref reader, path) is { } value) values.Add(value);
                return new FieldValue.OfList(values);
            case JsonTokenType.StartObject:
                var fields = new List<Field>();
                ReadObject(ref reader, path.Item, fields);
                return new FieldValue.OfFields(fields);
            default: return null;
        }
    }

    // RFC 3339 with nanoseconds, as events have it: DateTime has a hundred of them.
    private static long? TimeOf(string text)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        string second = dot < 0 ? text : text[..dot] + "Z", rest = dot < 0 ? "0" : text[(dot + 1)..].TrimEnd('Z').PadRight(9, '0');
        if (!DateTime.TryParseExact(
                second, "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
            || rest.Length != 9 || !long.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out long fraction))
            return null;
        return (time - DateTime.UnixEpoch).Ticks / (NanosecondsPerSecond / NanosecondsPerTick) * NanosecondsPerSecond + fraction;
    }
}
