using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Skep.Isa;

namespace Skep.Watch.Events;

/// <summary>One JSON object a line.</summary>
/// <param name="output">Takes the lines.</param>
/// <param name="withInsns">Whether code is written, as 16 hexadecimal digits an instruction, the bytes in memory order.</param>
/// <param name="pretty">Whether an object takes several lines.</param>
public sealed class JsonEventWriter(Stream output, bool withInsns, bool pretty = false) : IEventSink, IDisposable
{
    private const long ExactInDouble = 1L << 53;
    private const int FlushBytes = 1 << 16;
    private const string HexDigits = "0123456789abcdef";

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
        WriteCall(e);
        if (e.Map is { } map) Write(map);
        if (e.Program is { } program) Write(program);
        if (e.Link is { } link) Write(link);
        if (e.Btf is { } btf) Write(btf);
        if (e.Attach is { } attach) Write(attach);
        WriteAttr(e);
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

    private void WriteCall(BpfEvent e)
    {
        _json.WriteString("time", Rfc3339(e.TimeNs));
        _json.WriteNumber("seq", e.Sequence);
        _json.WriteString("syscall", e.Syscall);
        _json.WriteString("cmd", e.Command);
        ProcessIdentity p = e.Process;
        _json.WriteNumber("pid", p.Pid);
        _json.WriteNumber("tid", p.Tid);
        Number("ppid", p.ParentPid);
        Number("uid", p.Uid);
        _json.WriteString("comm", p.Comm);
        Text("exe", p.Exe);
        Text("cgroup", p.Cgroup);
        Text("unit", p.Unit);
        Text("container", p.Container);
        Number("netns", p.Netns);
        if (e.Return is { } ret) Number("ret", ret);
        Text("error", e.Error);
        if (e.DurationNs is { } duration) _json.WriteNumber("duration_ns", duration);
        _json.WriteNumber("tier", e.Tier);
        if (e.Count is { } count)
        {
            Number("count", count.Calls);
            if (e.Pieces is { } pieces) Number("pieces", pieces);
            else Number("errors", count.Errors);
        }

        Text("note", e.Note);
    }

    private void Write(MapDetails map)
    {
        _json.WriteStartObject("map");
        Number("id", map.Id);
        Text("type", map.Type);
        Text("name", map.Name);
        Number("bytes_key", map.KeySize);
        Number("bytes_value", map.ValueSize);
        Number("max_entries", map.MaxEntries);
        Number("flags", map.Flags);
        Number("btf_id", map.BtfId);
        Number("inner_map_id", map.InnerMapId);
        _json.WriteEndObject();
    }

    private void Write(ProgramDetails program)
    {
        _json.WriteStartObject("prog");
        Number("id", program.Id);
        Text("type", program.Type);
        Text("name", program.Name);
        Text("tag", program.Tag);
        Text("sha256", program.Code?.Sha256);
        Number("insn_cnt", program.Code?.Count);
        if (program.GplCompatible is { } gpl) _json.WriteBoolean("gpl_compatible", gpl);
        Text("license", program.License);
        Text("expected_attach_type", program.ExpectedAttachType);
        Number("attach_btf_id", program.AttachBtfId);
        Text("attach_func", program.AttachFunction);
        if (program.MapIds is { } ids)
        {
            _json.WriteStartArray("map_ids");
            foreach (uint id in ids) _json.WriteNumberValue(id);
            _json.WriteEndArray();
        }

        Number("log_level", program.LogLevel);
        Text("log", program.Log);
        if (program.LogSkipped > 0) _json.WriteNumber("log_skipped", program.LogSkipped);
        Number("verified_insns", program.VerifiedInsns);
        Number("bytes_xlated", program.BytesXlated);
        if (program.Code is { } code) Write(code);
        _json.WriteEndObject();
    }

    private void Write(CodeDetails code)
    {
        _json.WriteString("capture", QualityName(code.Quality));
        Text("capture_reason", code.Reason);
        if (!withInsns) return;
        _json.WriteStartArray("insns");
        Span<char> hex = stackalloc char[16];
        foreach (Instruction instruction in code.Instructions)
        {
            Hex(instruction.Raw, hex);
            _json.WriteStringValue(hex);
        }

        _json.WriteEndArray();
    }

    private void Write(LinkDetails link)
    {
        _json.WriteStartObject("link");
        Number("id", link.Id);
        Text("type", link.Type);
        Number("prog_id", link.ProgramId);
        Text("attach_type", link.AttachType);
        Text("target", link.Target);
        _json.WriteEndObject();
    }

    private void Write(BtfDetails btf)
    {
        _json.WriteStartObject("btf");
        Number("id", btf.Id);
        Number("size", btf.Size);
        Number("log_level", btf.LogLevel);
        Text("log", btf.Log);
        _json.WriteEndObject();
    }

    private void Write(AttachDetails attach)
    {
        _json.WriteStartObject("attach");
        _json.WriteString("how", attach.How);
        Text("attach_type", attach.AttachType);
        Text("target", attach.Target);
        Number("prog_id", attach.ProgramId);
        Number("replaced_prog_id", attach.ReplacedProgramId);
        if (attach.IsDetach) _json.WriteBoolean("detach", true);
        if (attach.Flags.Count > 0)
        {
            _json.WriteStartArray("flags");
            foreach (string flag in attach.Flags) _json.WriteStringValue(flag);
            _json.WriteEndArray();
        }

        if (attach.Classic is { } classic)
        {
            Text("sha256", classic.Sha256);
            _json.WriteNumber("insn_cnt", classic.Count);
            Write(classic);
        }

        _json.WriteEndObject();
    }

    private void WriteAttr(BpfEvent e)
    {
        if (e.Attr.Count > 0)
        {
            _json.WriteStartObject("attr");
            foreach (AttrField field in e.Attr) Write(field);
            _json.WriteEndObject();
        }

        if (e.RawAttr is { } raw) _json.WriteString("attr_bytes", Convert.ToHexStringLower(raw));
        if (e.Key is { } key) _json.WriteString("key", Convert.ToHexStringLower(key));
        if (e.Value is { } value) _json.WriteString("value", Convert.ToHexStringLower(value));
    }

    private void Write(AttrField field)
    {
        switch (field.Kind)
        {
            case AttrKind.Text:
                _json.WriteString(field.Name, field.Text);
                break;
            case AttrKind.Signed:
                _json.WriteNumber(field.Name, (int)field.Number);
                break;
            case AttrKind.Hex:
                _json.WriteString(field.Name, $"0x{field.Number:x}");
                break;
            default:
                Number(field.Name, field.Number);
                break;
        }
    }

    private void Text(string name, string? value)
    {
        if (value is not null) _json.WriteString(name, value);
    }

    private void Number(string name, long? value)
    {
        if (value is not { } number) return;
        if (number is > ExactInDouble or < -ExactInDouble) _json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
        else _json.WriteNumber(name, number);
    }

    private void Number(string name, ulong number)
    {
        if (number > ExactInDouble) _json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
        else _json.WriteNumber(name, number);
    }

    private static string QualityName(CaptureQuality quality) => quality switch
    {
        CaptureQuality.Proven => "proven",
        CaptureQuality.Consistent => "consistent",
        CaptureQuality.Raced => "raced",
        _ => "partial",
    };

    private static void Hex(ulong raw, Span<char> hex)
    {
        for (int i = 0; i < 16; i += 2, raw >>= 8)
        {
            hex[i] = HexDigits[(int)(raw >> 4 & 15)];
            hex[i + 1] = HexDigits[(int)(raw & 15)];
        }
    }

    private static string Rfc3339(long unixNs)
    {
        DateTime second = DateTime.UnixEpoch.AddSeconds(unixNs / 1_000_000_000);
        return string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-ddTHH:mm:ss}.{unixNs % 1_000_000_000:d9}Z");
    }
}
