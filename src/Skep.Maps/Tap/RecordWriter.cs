using System.Globalization;
using Skep.Maps.Typed;
using Skep.Output;

namespace Skep.Maps.Tap;

/// <summary>Writes records: a JSON object each, or text.</summary>
internal sealed class RecordWriter
{
    private const int PerLine = 16;

    private readonly Stream _output;
    private readonly TypedJson _json;
    private readonly RecordType? _type;
    private readonly TypedValueWriter? _typed;
    private readonly bool _asJson;
    private DateTime _time;
    private string _timeText = "";

    private readonly RecordLayouts? _layouts;
    private readonly Action _nameFields, _indent;

    public RecordWriter(Stream output, OutputForm form, RecordType? type, RecordLayouts? layouts)
    {
        _layouts = layouts;
        _nameFields = () => _json!.Name("fields");
        _indent = Indent;
        _output = output;
        _asJson = form != OutputForm.Text;
        _type = type;
        _json = new TypedJson(output, form == OutputForm.Pretty);
        if (type is not null) _typed = new TypedValueWriter(type.Btf, plain: !_asJson);
    }

    public void Write(DateTime time, ulong sequence, int cpu, ReadOnlySpan<byte> record)
    {
        if (_asJson) WriteJson(time, sequence, cpu, record);
        else WriteText(time, sequence, cpu, record);
    }

    public void Flush()
    {
        _json.Flush();
        _output.Flush();
    }

    private void WriteJson(DateTime time, ulong sequence, int cpu, ReadOnlySpan<byte> record)
    {
        _json.StartObject();
        _json.Name("time");
        _json.String(TextOf(time));
        _json.Name("seq");
        _json.Number(sequence);
        if (cpu >= 0)
        {
            _json.Name("cpu");
            _json.Number((long)cpu);
        }

        _json.Name("bytes");
        _json.Number((long)record.Length);
        _json.Name("data");
        _json.Hex(record);
        if (_typed is not null)
        {
            _json.Name("record");
            _typed.Write(_json, _type!.Id, record);
        }
        else
        {
            _layouts?.TryWrite(_json, record, _nameFields);
        }

        _json.EndObject();
        _json.EndLine();
    }

    private void WriteText(DateTime time, ulong sequence, int cpu, ReadOnlySpan<byte> record)
    {
        string place = cpu >= 0 ? $"  cpu {cpu}" : "";
        string head =
            string.Create(CultureInfo.InvariantCulture, $"{time.ToLocalTime():HH:mm:ss.ffffff}  #{sequence}{place}  {record.Length} bytes");
        _json.Raw(head);
        if (_typed is not null)
        {
            Indent();
            _typed.Write(_json, _type!.Id, record);
        }
        else if (_layouts?.TryWrite(_json, record, _indent) is not true)
        {
            for (int at = 0; at < record.Length; at += PerLine)
            {
                _json.EndLine();
                _json.Raw(HexLine(at, record[at..Math.Min(at + PerLine, record.Length)]));
            }
        }

        _json.EndLine();
    }

    private void Indent()
    {
        _json.EndLine();
        _json.Raw("  "u8);
        _json.EndValue();
    }

    // Many records are read at once. Garbage would stop the thread that must not be late.
    private string TextOf(DateTime time)
    {
        if (time == _time) return _timeText;
        _time = time;
        return _timeText = UtcText.Microseconds(time);
    }

    // As hexdump -C.
    private static string HexLine(int offset, ReadOnlySpan<byte> bytes)
    {
        const string digits = "0123456789abcdef";
        Span<char> line = stackalloc char[80];
        line.Fill(' ');
        offset.TryFormat(line[2..], out int written, "x4", CultureInfo.InvariantCulture);
        int at = 2 + written + 2, text = at + (PerLine * 3) + 2;
        for (int i = 0; i < bytes.Length; i++)
        {
            int place = at + (i * 3) + (i >= PerLine / 2 ? 1 : 0);
            line[place] = digits[bytes[i] >> 4];
            line[place + 1] = digits[bytes[i] & 0xf];
            line[text + i] = bytes[i] is >= 0x20 and < 0x7f ? (char)bytes[i] : '.';
        }

        return new string(line[..(text + bytes.Length)]);
    }
}
