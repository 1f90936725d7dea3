using System.Globalization;
using Skep.Bpf;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Memory;
using Skep.Isa;
using Skep.Packets.Building;

namespace Skep.Debug.Dap.Variables;

/// <summary>The registers, the stack, the packet and the context of a machine.</summary>
internal sealed class MachineVariables(DebugSession session, SessionView view)
{
    private const int FramePointer = 10, StackSize = 512, Word = 8, MostPointed = 256;
    private const string MapValueName = "value of map ", Headers = "headers", Length = "length", Bytes = "bytes";

    private static readonly string[] s_xdp =
        ["data", "data_end", "data_meta", "ingress_ifindex", "rx_queue_index", "egress_ifindex"];

    // The first members of struct xdp_buff.
    private static readonly string[] s_buffer = ["data", "data_end", "data_meta", "data_hard_start", "rxq", "txq"];

    private readonly MapVariables _maps = new(session);

    private BpfMachine Machine => session.Machine;

    public IEnumerable<Variable> Maps() => _maps.All();

    /// <summary>The registers of a frame; of a caller those that a call keeps.</summary>
    public IEnumerable<Variable> Registers(int frame)
    {
        for (int number = 0; number <= FramePointer; number++)
        {
            if (Machine.Register(number, frame) is { } value)
                yield return Number($"r{number}", value) with { EvaluateName = frame == 0 ? $"r{number}" : null };
            else if (frame == 0)
                yield return new Variable($"r{number}", "not written");
        }

        if (frame == 0) yield return Number("$step", (ulong)Machine.Steps) with { EvaluateName = "$step" };
    }

    /// <summary>The words of a frame's stack that were written, from r10 down.</summary>
    public IEnumerable<Variable> Stack(int frame)
    {
        ulong top = Machine.Register(FramePointer, frame) ?? 0;
        for (int below = Word; below <= StackSize; below += Word)
        {
            ulong address = top - (ulong)below;
            var bytes = new byte[Word];
            bool[] written = [.. Enumerable.Range(0, Word).Select(i => Machine.IsWritten(address + (ulong)i))];
            if (!written.Contains(true) || !Machine.TryPeek(address, bytes)) continue;
            string name = $"r10-{below}";
            if (written.Contains(false))
            {
                IEnumerable<string> pairs = bytes.Select((one, i) => written[i] ? one.ToString("x2", CultureInfo.InvariantCulture) : "--");
                yield return new Variable(name, string.Join(' ', pairs)) { Address = address };
            }
            else
            {
                yield return Number(name, BitConverter.ToUInt64(bytes)) with { Address = address };
            }
        }
    }

    /// <summary>The packet: its headers as a line, and its bytes.</summary>
    public static IEnumerable<Variable> Packet(MachinePacket packet)
    {
        yield return new Variable(Headers, PacketText.Format(packet.Bytes, packet.Start));
        yield return new Variable(Length, packet.Bytes.Length.ToString(CultureInfo.InvariantCulture));
        yield return ValueTree.Raw(Bytes, packet.Bytes, packet.Address);
    }

    /// <summary>Whether a variable is one of the packet's.</summary>
    public static bool IsOfPacket(string name) => name is Headers or Length or Bytes;

    /// <summary>The fields of the context that the program may read.</summary>
    public IEnumerable<Variable> Context() => session.Code.Type switch
    {
        BpfProgramType.Xdp when session.Code.Form == ProgramForm.Translated => Fields(s_buffer, sizeof(ulong)),
        BpfProgramType.Xdp => Fields(s_xdp, sizeof(uint)),
        _ when Machine.PeekPacket() is not null => PacketFields(),
        _ => ContextWords(),
    };

    /// <summary>A number, and what it points to.</summary>
    public Variable Number(string name, ulong value)
    {
        MachinePointer? pointer = Machine.Describe(value);
        return new Variable(name, view.Value(value))
        {
            Type = pointer is null ? null : "pointer",
            Address = pointer is null ? null : value,
            Children = pointer is not null && HasBytes(pointer) ? () => Pointed(pointer, value) : null,
        };
    }

    private static bool HasBytes(MachinePointer pointer) => pointer.Offset >= 0 && pointer.Offset < pointer.Length && pointer.Kind
        is RegionKind.Stack or RegionKind.Packet or RegionKind.MapValue or RegionKind.MapKey or RegionKind.Record or RegionKind.Object
            or RegionKind.Scratch;

    // The whole value of a map by its type, else the bytes from the address on.
    private IEnumerable<Variable> Pointed(MachinePointer pointer, ulong address)
    {
        if (pointer.Kind == RegionKind.MapValue && pointer.Region.StartsWith(MapValueName, StringComparison.Ordinal))
        {
            ulong start = address - (ulong)pointer.Offset;
            var value = new byte[pointer.Length];
            if (Machine.TryPeek(start, value)
                && _maps.Typed(pointer.Region[MapValueName.Length..], "value", value, start) is { } typed)
            {
                yield return typed;
                yield break;
            }
        }

        var bytes = new byte[Math.Min(pointer.Length - pointer.Offset, MostPointed)];
        if (!Machine.TryPeek(address, bytes)) yield break;
        foreach (Variable row in ValueTree.Rows(bytes, address)) yield return row;
    }

    private IEnumerable<Variable> Fields(string[] names, int size) =>
        names.Select((name, i) => Field(name, i * size, size)).OfType<Variable>();

    private IEnumerable<Variable> PacketFields()
    {
        for (int offset = 0; offset < SkbField.StructureSize;)
        {
            if (SkbField.At(offset) is not { } field)
            {
                offset += sizeof(uint);
                continue;
            }

            bool isArray = field.Size > Word;
            int size = isArray ? sizeof(uint) : field.Size;
            for (int at = field.Offset; at < field.Offset + field.Size; at += size)
                if (Field(isArray ? $"{field.Name}[{(at - field.Offset) / size}]" : field.Name, at, size) is { } found) yield return found;
            offset = field.Offset + field.Size;
        }
    }

    private IEnumerable<Variable> ContextWords()
    {
        byte[] bytes = Machine.ContextOutput();
        for (int at = 0; at + Word <= bytes.Length; at += Word) yield return Number($"ctx[{at / Word}]", BitConverter.ToUInt64(bytes, at));
        if (bytes.Length % Word is not 0 and var rest) yield return ValueTree.Raw($"ctx+{bytes.Length - rest}", bytes.AsSpan(^rest..));
    }

    private Variable? Field(string name, int offset, int size) =>
        Machine.PeekContext(offset, size) is { } value ? Number(name, value) : null;
}
