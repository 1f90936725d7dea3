using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Skep.Isa;
using Skep.Output;

namespace Skep.Watch.Events;

/// <summary>One JSON object per event, each on its own line.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="withInsns">Whether code is written, as 16 hexadecimal digits an instruction, the bytes in memory order.</param>
/// <param name="pretty">Whether an object takes several lines.</param>
public sealed class JsonEventWriter(Stream output, bool withInsns, bool pretty = false) : IEventSink, IDisposable
{
    private const int FlushBytes = 1 << 16;

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushBytes), _object = new(FlushBytes);
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { SkipValidation = true, Indented = pretty });

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        ArgumentNullException.ThrowIfNull(e);
        // Apart from the lines before it: an event that cannot be written leaves no part of itself.
        _object.ResetWrittenCount();
        _json.Reset(_object);
        _json.WriteStartObject();
        e.WriteTo(new Fields(_json, withInsns));
        _json.WriteEndObject();
        _json.Flush();
        _buffer.Write(_object.WrittenSpan);
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushBytes) Flush();
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_buffer.WrittenCount == 0) return;
        output.Write(_buffer.WrittenSpan);
        output.Flush();
        _buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private sealed class Fields(Utf8JsonWriter json, bool withInsns) : IFieldWriter
    {
        private const long ExactInDouble = 1L << 53;
        private const string HexDigits = "0123456789abcdef";

        public void Text(string key, string? value)
        {
            if (value is not null) json.WriteString(key, value);
        }

        public void Time(string key, long unixNs) => json.WriteString(key, UtcText.Nanoseconds(unixNs));

        public void Number(string key, long? value)
        {
            if (value is not { } number) return;
            if (number is > ExactInDouble or < -ExactInDouble) json.WriteString(key, number.ToString(CultureInfo.InvariantCulture));
            else json.WriteNumber(key, number);
        }

        public void Unsigned(string key, ulong? value)
        {
            if (value is not { } number) return;
            if (number > ExactInDouble) json.WriteString(key, number.ToString(CultureInfo.InvariantCulture));
            else json.WriteNumber(key, number);
        }

        public void Flag(string key, bool? value)
        {
            if (value is { } flag) json.WriteBoolean(key, flag);
        }

        public void Texts(string key, IReadOnlyList<string>? values)
        {
            if (values is null) return;
            json.WriteStartArray(key);
            foreach (string value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }

        public void Numbers(string key, IReadOnlyList<uint>? values)
        {
            if (values is null) return;
            json.WriteStartArray(key);
            foreach (uint value in values) json.WriteNumberValue(value);
            json.WriteEndArray();
        }

        public void Bytes(string key, byte[]? value)
        {
            if (value is not null) json.WriteString(key, Convert.ToHexStringLower(value));
        }

        public void Code(string key, ReadOnlySpan<Instruction> instructions)
        {
            if (!withInsns) return;
            json.WriteStartArray(key);
            Span<char> hex = stackalloc char[16];
            foreach (Instruction instruction in instructions)
            {
                Hex(instruction.Raw, hex);
                json.WriteStringValue(hex);
            }

            json.WriteEndArray();
        }

        public void Objects<T>(string key, IReadOnlyList<T>? items, Action<T> write)
        {
            if (items is null) return;
            json.WriteStartArray(key);
            foreach (T item in items)
            {
                json.WriteStartObject();
                write(item);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        public void Begin(string key) => json.WriteStartObject(key);

        public void End() => json.WriteEndObject();

        private static void Hex(ulong raw, Span<char> hex)
        {
            for (int i = 0; i < 16; i += 2, raw >>= 8)
            {
                hex[i] = HexDigits[(int)(raw >> 4 & 15)];
                hex[i + 1] = HexDigits[(int)(raw & 15)];
            }
        }
    }
}
