using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Skep.Agent.Export.Fields;

namespace Skep.Agent.Export.Syslog;

/// <summary>Writes an event as the journal takes it (https://systemd.io/JOURNAL_NATIVE_PROTOCOL): <c>SKEP_CMD</c> and so on.</summary>
/// <param name="facility">The number of the facility.</param>
internal sealed class JournalMessage(int facility)
{
    private const int MostName = 64;
    private const int PriorityWarning = 4, PriorityInfo = 6;
    private const int NanosecondsPerMicrosecond = 1000;

    /// <summary>Encodes it.</summary>
    /// <param name="e">The event.</param>
    public byte[] Encode(FlatEvent e)
    {
        using var message = new MemoryStream(1024);
        Write(message, "MESSAGE", e.Summary);
        Write(message, "PRIORITY", Text(e.IsWarning ? PriorityWarning : PriorityInfo));
        Write(message, "SYSLOG_IDENTIFIER", "skep");
        Write(message, "SYSLOG_FACILITY", Text(facility));
        Write(message, "SKEP_TIME_USEC", Text(e.TimeNs / NanosecondsPerMicrosecond));
        foreach (Field field in e.Fields) Write(message, Name(field.Name), field.Value);
        return message.ToArray();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    // Capital letters, digits and underscores.
    private static string Name(string name)
    {
        string upper = "SKEP_" + string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
        return upper.Length <= MostName ? upper : upper[..MostName];
    }

    // A field may be given more than once: a list is.
    private static void Write(MemoryStream message, string name, FieldValue value)
    {
        if (value is FieldValue.OfList { Values: var values })
            foreach (FieldValue one in values) Write(message, name, one);
        else if (value is FieldValue.OfFields { Fields: var fields })
            foreach (Field one in fields) Write(message, Name(name["SKEP_".Length..] + "_" + one.Name), one.Value);
        else if (FlatEvent.TextOf(value) is { } text) Write(message, name, text);
    }

    private static void Write(MemoryStream message, string name, string text)
    {
        byte[] value = Encoding.UTF8.GetBytes(text);
        message.Write(Encoding.UTF8.GetBytes(name));
        if (value.AsSpan().Contains((byte)'\n'))
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteInt64LittleEndian(length, value.Length);
            message.WriteByte((byte)'\n');
            message.Write(length);
        }
        else
        {
            message.WriteByte((byte)'=');
        }

        message.Write(value);
        message.WriteByte((byte)'\n');
    }
}
