using System.Globalization;
using System.Text;
using Skep.Analysis.Decompile;
using Skep.Analysis.Explain;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Debug.Verify;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Maps.Typed;
using Skep.Packets.Building;

namespace Skep.Debug.Debugger.Console;

/// <summary>What there is to see in a session, in words.</summary>
public sealed class SessionView
{
    private const int FrameRegister = 10;

    private readonly DebugSession _session;
    private readonly Dictionary<int, string> _texts = [];
    private readonly Lazy<Decompilation?> _pseudo;

    /// <summary>A view of a session.</summary>
    public SessionView(DebugSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        _session = session;
        var disassembler = new Disassembler(new DisassemblerOptions { Form = session.Code.Form, Symbols = session.Code.Symbols });
        foreach (DecodedInstruction item in Isa.Decoder.Decode(session.Code.Instructions)) _texts[item.Index] = disassembler.Text(item);
        _pseudo = new Lazy<Decompilation?>(() => Decompile(session.Code));
    }

    /// <summary>The slots that an instruction begins at, in order.</summary>
    public IEnumerable<int> Slots => _texts.Keys.Order();

    private BpfMachine Machine => _session.Machine;

    /// <summary>The instruction of a slot.</summary>
    public string Instruction(int slot) => _session.IsInside
        ? _texts.GetValueOrDefault(slot, "(no instruction)") : OfOther(_session.Machine.Programs[_session.Machine.Program], slot);

    /// <summary>The function that a slot is in; the program itself, where it is one that was called by a tail call.</summary>
    public string Function(int slot) => !_session.IsInside
        ? _session.Machine.Programs[_session.Machine.Program].Name
        : _session.Code.Functions.LastOrDefault(function => function.Slot <= slot)?.Name ?? _session.Code.Name ?? "program";

    /// <summary>The source line of a slot; null without one.</summary>
    public SourcePlace? Source(int slot) => _session.IsInside && _session.Code.LineAt(slot) is { } line
        ? new SourcePlace(line.File, line.Line, line.Text.Trim()) : null;

    /// <summary>What a register holds: a number, or what it points to. Null for one that was not written.</summary>
    public string? Register(int number)
    {
        if (!Machine.IsInitialized(number)) return null;
        ulong value = Machine.Register(number);
        return number == FrameRegister ? "frame pointer" : Value(value);
    }

    /// <summary>A number in words.</summary>
    public string Value(ulong value)
    {
        if (Machine.Describe(value) is not { } pointer)
            return value < 10 ? Number((long)value) : string.Create(CultureInfo.InvariantCulture, $"{(long)value} (0x{value:x})");
        string offset = pointer.Offset == 0 ? "" : pointer.Offset > 0 ? $" + {Number(pointer.Offset)}" : $" - {Number(-pointer.Offset)}";
        string element = pointer.Element is { } index ? $" [{Number(index)}]" : "";
        return $"{pointer.Region}{element}{offset}";
    }

    /// <summary>What the program returned, by name where it has one, or the callback of a timer.</summary>
    public string ReturnText()
    {
        uint value = Machine.ReturnValue;
        string number = Number(value);
        if (Machine.IsTimer) return number;
        return ReturnMeaning.Name(_session.Code.Type, _session.Code.ExpectedAttachType, unchecked((int)value)) is { } name
            ? $"{name} ({number})" : number;
    }

    /// <summary>The packet as headers; null where programs of the type have none.</summary>
    public (string Headers, byte[] Bytes)? Packet()
    {
        if (_session.Target.Input.Packet.IsEmpty) return null;
        byte[] bytes = Machine.PacketOutput();
        return (PacketText.Format(bytes), bytes);
    }

    /// <summary>The eight bytes of each stack slot that is not 0, from the frame pointer down.</summary>
    public IEnumerable<(int Offset, ulong Value)> Stack()
    {
        ulong top = Machine.Register(FrameRegister);
        var bytes = new byte[sizeof(ulong)];
        for (int offset = -sizeof(ulong); offset >= -512; offset -= sizeof(ulong))
        {
            if (!Machine.TryPeek(unchecked(top + (ulong)(long)offset), bytes)) continue;
            ulong value = BitConverter.ToUInt64(bytes);
            if (value != 0) yield return (offset, value);
        }
    }

    /// <summary>The entries of a map, by its types where they are known.</summary>
    public IEnumerable<(string Key, string Value)> Entries(MachineMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        CodeMap? types = _session.Code.Maps.FirstOrDefault(one => one.Label == map.Definition.Name);
        return map.Entries().Select(
            entry => (Typed(types, types?.KeyTypeId ?? 0, entry.Key), Typed(types, types?.ValueTypeId ?? 0, entry.Value)));
    }

    /// <summary>A key of a map, by its type where that is known.</summary>
    public string Key(MachineMap map, byte[] key)
    {
        ArgumentNullException.ThrowIfNull(map);
        CodeMap? types = _session.Code.Maps.FirstOrDefault(one => one.Label == map.Definition.Name);
        return Typed(types, types?.KeyTypeId ?? 0, key);
    }

    /// <summary>The function that a timer calls.</summary>
    public string Callback(MachineTimer timer)
    {
        ArgumentNullException.ThrowIfNull(timer);
        return Machine.Programs[timer.Program].Functions.GetValueOrDefault(timer.Function) ?? $"*{Number(timer.Function)}";
    }

    /// <summary>What the program sent.</summary>
    public static string Event(MachineEvent sent)
    {
        ArgumentNullException.ThrowIfNull(sent);
        return sent.Kind switch
        {
            MachineEventKind.Trace => $"trace: {Encoding.UTF8.GetString(sent.Bytes.Span).TrimEnd('\n')}",
            MachineEventKind.Stream => $"{sent.Target}: {Encoding.UTF8.GetString(sent.Bytes.Span).TrimEnd('\n')}",
            MachineEventKind.Redirect => $"redirect to {sent.Target}",
            MachineEventKind.Clone => $"packet of {Number(sent.Bytes.Length)} bytes to {sent.Target}",
            _ => $"record of {Number(sent.Bytes.Length)} bytes to {sent.Target}: {Convert.ToHexStringLower(sent.Bytes.Span)}",
        };
    }

    /// <summary>The pseudo-C lines around a slot; empty where the program cannot be decompiled.</summary>
    public IEnumerable<(bool IsCurrent, string Text)> Pseudo(int slot, int around)
    {
        if (_pseudo.Value?.Functions.FirstOrDefault(one => one.Start <= slot && slot < one.End) is not { } function) yield break;
        int current = -1;
        for (int i = 0; i < function.Lines.Count; i++)
        {
            int at = function.Lines[i].Slot;
            if (at >= 0 && at <= slot && (current < 0 || at >= function.Lines[current].Slot)) current = i;
        }

        for (int i = Math.Max(0, current - around); i < Math.Min(function.Lines.Count, current + around + 1); i++)
            yield return (i == current, new string(' ', function.Lines[i].Indent * 4) + function.Lines[i].Text);
    }

    private static string OfOther(ProgramImage program, int slot)
    {
        foreach (DecodedInstruction item in Isa.Decoder.Decode(program.Instructions.Span))
            if (item.Index == slot) return new Disassembler().Text(item);
        return "(no instruction)";
    }

    private static Decompilation? Decompile(ProgramCode code)
    {
        try
        {
            return Decompilation.Of(code);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidDataException)
        {
            return null;
        }
    }

    private static string Typed(CodeMap? map, uint type, byte[] bytes)
    {
        if (map?.Btf is not { } btf || type == 0) return Convert.ToHexStringLower(bytes);
        using var stream = new MemoryStream();
        var json = new TypedJson(stream, pretty: false);
        new TypedValueWriter(btf, plain: true).Write(json, type, bytes);
        json.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
