using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Skep.Agent.Fleet.Etcd;

/// <summary>A key of etcd with its value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value.</param>
/// <param name="Revision">The revision that changed it last.</param>
public sealed record EtcdValue(string Key, byte[] Value, long Revision);

/// <summary>A change of a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value; null to remove it.</param>
/// <param name="Lease">The lease that it goes with; null for none.</param>
public sealed record EtcdChange(string Key, byte[]? Value, string? Lease = null);

/// <summary>What etcd's gateway takes and gives: bytes are base64, and numbers of 64 bits are strings.</summary>
internal static class EtcdMessages
{
    private static ReadOnlySpan<byte> KeyName => "key"u8;

    private static ReadOnlySpan<byte> EndName => "range_end"u8;

    /// <summary>The first key behind all that begin with a text.</summary>
    public static string EndOf(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);

    /// <summary>An object of texts.</summary>
    public static byte[] Object(params ReadOnlySpan<(string Name, string Value)> members)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach ((string name, string value) in members) json.WriteString(name, value);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>The request of keys.</summary>
    public static byte[] Range(string key, string? end, bool onlyKeys) => Write(json =>
    {
        json.WriteBase64String(KeyName, Encoding.UTF8.GetBytes(key));
        if (end is not null) json.WriteBase64String(EndName, Encoding.UTF8.GetBytes(end));
        if (onlyKeys) json.WriteBoolean("keys_only", true);
    });

    /// <summary>The request of changes.</summary>
    public static byte[] Watch(string prefix) => Write(json =>
    {
        json.WriteStartObject("create_request");
        json.WriteBase64String(KeyName, Encoding.UTF8.GetBytes(prefix));
        json.WriteBase64String(EndName, Encoding.UTF8.GetBytes(EndOf(prefix)));
        json.WriteEndObject();
    });

    /// <summary>The request of a transaction.</summary>
    public static byte[] Transaction(IReadOnlyList<EtcdCondition> conditions, IReadOnlyList<EtcdChange> changes) =>
        Write(json =>
        {
            json.WriteStartArray("compare");
            foreach (EtcdCondition condition in conditions)
            {
                json.WriteStartObject();
                json.WriteBase64String(KeyName, Encoding.UTF8.GetBytes(condition.Key));
                if (condition.IsPrefix) json.WriteBase64String(EndName, Encoding.UTF8.GetBytes(EndOf(condition.Key)));
                json.WriteString("target", condition.Target);
                json.WriteString("result", condition.Result);
                json.WriteString(condition.NumberName, condition.Number.ToString(CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("success");
            foreach (EtcdChange change in changes)
            {
                json.WriteStartObject();
                json.WriteStartObject(change.Value is null ? "request_delete_range" : "request_put");
                json.WriteBase64String(KeyName, Encoding.UTF8.GetBytes(change.Key));
                if (change.Value is { } value) json.WriteBase64String("value", value);
                if (change.Lease is { } lease) json.WriteString("lease", lease);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    /// <summary>Whether a transaction was made.</summary>
    public static bool Succeeded(ReadOnlySpan<byte> answer)
    {
        var reader = new Utf8JsonReader(answer);
        while (reader.Read())
        {
            bool isIt = reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("succeeded");
            if (!isIt) continue;
            return reader.Read() && reader.TokenType == JsonTokenType.True;
        }

        return false;
    }

    /// <summary>A text of the answer, at the top of it or of <c>result</c>; null when it has none of that name.</summary>
    public static string? Text(ReadOnlySpan<byte> answer, string name)
    {
        var reader = new Utf8JsonReader(answer);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth > 2 || !reader.ValueTextEquals(name)) continue;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String) return reader.GetString();
        }

        return null;
    }

    /// <summary>The revision of the store that an answer is of.</summary>
    /// <exception cref="FormatException">It has none, as none of etcd.</exception>
    public static long Revision(ReadOnlySpan<byte> answer) =>
        long.TryParse(Text(answer, "revision"), NumberStyles.None, CultureInfo.InvariantCulture, out long revision)
            ? revision : throw new FormatException("it has no revision");

    /// <summary>The keys of an answer.</summary>
    public static IReadOnlyList<EtcdValue> Values(ReadOnlySpan<byte> answer)
    {
        var values = new List<EtcdValue>();
        var reader = new Utf8JsonReader(answer);
        (string? key, byte[] value, long revision) = (null, [], 0L);
        while (reader.Read())
        {
            // Those of kvs; the header has none of these.
            if (reader.CurrentDepth == 2 && reader.TokenType == JsonTokenType.EndObject && key is not null)
            {
                values.Add(new(key, value, revision));
                (key, value, revision) = (null, [], 0L);
            }

            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 3) continue;
            string name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "key": key = Encoding.UTF8.GetString(reader.GetBytesFromBase64()); break;
                case "value": value = reader.GetBytesFromBase64(); break;
                case "mod_revision": revision = long.Parse(reader.GetString()!, CultureInfo.InvariantCulture); break;
            }
        }

        return values;
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
