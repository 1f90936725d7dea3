using System.Globalization;
using System.Text;
using Skep.Agent.Export.Fields;
using Skep.Output;

namespace Skep.Agent.Export.Syslog;

/// <summary>
/// Writes an event as a message of syslog: RFC 5424. Its fields are structured data, all but lists of objects and names that are too long.
/// </summary>
/// <param name="host">The name of the machine; null when it is not known.</param>
/// <param name="process">The number of the agent's process.</param>
/// <param name="facility">The number of the facility.</param>
internal sealed class SyslogMessage(string? host, int process, int facility)
{
    private const int MostName = 32, MostHost = 255, MostValue = 1024;
    private const int SeverityWarning = 4, SeverityInformational = 6;
    private const int NanosecondsPerMicrosecond = 1000;

    // SD-ID wants the number of an enterprise after @; this one is for those that have none (RFC 5612).
    private const string StructuredData = "skep@32473";

    /// <summary>Encodes it.</summary>
    /// <param name="e">The event.</param>
    public byte[] Encode(FlatEvent e)
    {
        var text = new StringBuilder(512);
        int priority = facility * 8 + (e.IsWarning ? SeverityWarning : SeverityInformational);
        // TIME-SECFRAC has six digits at most.
        string time = UtcText.Microseconds(DateTime.UnixEpoch.AddTicks(
            e.TimeNs / NanosecondsPerMicrosecond * TimeSpan.TicksPerMicrosecond));
        text.Append(CultureInfo.InvariantCulture, $"<{priority}>1 {time} {Printable(host, MostHost)} skep {process} ");
        text.Append(Printable(e.Name, MostName)).Append(" [").Append(StructuredData);
        foreach (Field field in e.Fields)
        {
            if (Text(field.Value) is not { } value || !IsName(field.Name)) continue;
            text.Append(' ').Append(field.Name).Append("=\"");
            Escape(text, value);
            text.Append('"');
        }

        // Text without a byte-order mark is "MSG-ANY"; line feeds end a message for many receivers.
        return Encoding.UTF8.GetBytes(text.Append("] ").Append(SafeText.Escape(e.Summary)).ToString());
    }

    private static string? Text(FieldValue value)
    {
        if (value is not FieldValue.OfList { Values: var values }) return FlatEvent.TextOf(value);
        string?[] texts = [.. values.Select(FlatEvent.TextOf)];
        return texts.Contains(null) ? null : string.Join(' ', texts);
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= MostName && name.All(c => c is > ' ' and <= '~' and not ('=' or ']' or '"'));

    private static string Printable(string? text, int most)
    {
        if (string.IsNullOrEmpty(text)) return "-";
        string printable = string.Concat(text.Select(c => c is > ' ' and <= '~' ? c : '_'));
        return printable.Length <= most ? printable : printable[..most];
    }

    private static void Escape(StringBuilder text, string value)
    {
        int length = value.Length <= MostValue ? value.Length : MostValue;
        foreach (char c in value.AsSpan(0, length))
        {
            if (c is '"' or '\\' or ']') text.Append('\\').Append(c);
            else text.Append(char.IsControl(c) ? ' ' : c);
        }
    }
}
