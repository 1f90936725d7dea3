using System.Runtime.CompilerServices;

namespace Skep.Isa;

/// <summary>
/// Builds a program instruction by instruction. Methods are named after operations and return the assembler; those that end
/// in 32 work on the low halves of registers and clear the high ones. Jumps name labels, which <see cref="Build"/> resolves.
/// Not safe for use by several threads at once.
/// </summary>
public sealed partial class Assembler
{
    private const int Unbound = -1;

    private Instruction[] _slots;
    private int _count;
    private int[] _labels = new int[64];
    private int _labelCount;
    private Fixup[] _fixups = new Fixup[64];
    private int _fixupCount;
    private Dictionary<int, string>? _names;

    private readonly record struct Fixup(int Slot, int Label);

    /// <summary>An empty program.</summary>
    /// <param name="capacity">Slots to have room for at first.</param>
    /// <param name="longJumps">
    /// Whether an unconditional jump whose target is out of a 16-bit offset's reach becomes <c>gotol</c> (cpu v4, Linux 6.6).
    /// </param>
    public Assembler(int capacity = 256, bool longJumps = false)
    {
        _slots = new Instruction[Math.Max(capacity, 16)];
        LongJumps = longJumps;
    }

    /// <summary>Whether <see cref="Build"/> may turn an unconditional jump into <c>gotol</c>.</summary>
    public bool LongJumps { get; }

    /// <summary>Slots emitted so far: the number of the next slot.</summary>
    public int Count => _count;

    /// <summary>The slots emitted so far; those that name labels are not resolved yet.</summary>
    public ReadOnlySpan<Instruction> Emitted => _slots.AsSpan(0, _count);

    /// <summary>Makes a label that is bound later.</summary>
    /// <param name="name">What errors call it; its number when absent.</param>
    public Label DefineLabel(string? name = null)
    {
        if (_labelCount == _labels.Length)
            Array.Resize(ref _labels, _labelCount * 2);
        _labels[_labelCount] = Unbound;
        if (name is not null)
            (_names ??= [])[_labelCount] = name;
        return new(_labelCount++);
    }

    /// <summary>Binds a label to the next slot.</summary>
    /// <exception cref="AssemblyException">It is bound already.</exception>
    public Assembler Bind(Label label)
    {
        if (_labels[CheckLabel(label)] != Unbound)
        {
            throw new AssemblyException(
                $"binding label {NameOf(label.Number)} at slot {_count}: it is bound to slot {_labels[label.Number]} already "
                + "(define one label per place)");
        }

        _labels[label.Number] = _count;
        return this;
    }

    /// <summary>Makes a label and binds it to the next slot.</summary>
    public Label BindNew(string? name = null)
    {
        var label = DefineLabel(name);
        Bind(label);
        return label;
    }

    /// <summary>Whether a label is bound.</summary>
    public bool IsBound(Label label) => _labels[CheckLabel(label)] != Unbound;

    /// <summary>The slot that a label is bound to.</summary>
    /// <exception cref="AssemblyException">It is not bound.</exception>
    public int SlotOf(Label label) => _labels[CheckLabel(label)] is var slot && slot != Unbound
        ? slot
        : throw new AssemblyException($"finding label {NameOf(label.Number)}: it is not bound (call Bind where it belongs)");

    /// <summary>Appends a slot as it is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Assembler Emit(Instruction slot)
    {
        if (_count == _slots.Length)
            Array.Resize(ref _slots, _count * 2);
        _slots[_count++] = slot;
        return this;
    }

    /// <summary>Appends slots as they are; jumps within them stay relative.</summary>
    public Assembler EmitAll(ReadOnlySpan<Instruction> slots)
    {
        if (_slots.Length - _count < slots.Length)
            Array.Resize(ref _slots, Math.Max(_slots.Length * 2, _count + slots.Length));
        slots.CopyTo(_slots.AsSpan(_count));
        _count += slots.Length;
        return this;
    }

    /// <summary>Resolves the labels and returns the program. The assembler can go on and build again.</summary>
    /// <exception cref="AssemblyException">A label is not bound, or out of reach of an instruction that names it.</exception>
    public Instruction[] Build()
    {
        for (var i = 0; i < _fixupCount; i++)
            Resolve(_fixups[i]);
        return _slots.AsSpan(0, _count).ToArray();
    }

    /// <summary>Starts over with an empty program, keeping the memory. Labels made so far are void.</summary>
    public void Clear() => (_count, _labelCount, _fixupCount, _names) = (0, 0, 0, null);

    private Assembler EmitTo(Label label, Instruction slot)
    {
        CheckLabel(label);
        if (_fixupCount == _fixups.Length)
            Array.Resize(ref _fixups, _fixupCount * 2);
        _fixups[_fixupCount++] = new(_count, label.Number);
        return Emit(slot);
    }

    private void Resolve(Fixup fixup)
    {
        var target = _labels[fixup.Label];
        if (target == Unbound)
        {
            throw new AssemblyException(
                $"resolving label {NameOf(fixup.Label)} of slot {fixup.Slot}: it is not bound (call Bind where it belongs)");
        }

        var distance = target - (fixup.Slot + 1);
        var slot = _slots[fixup.Slot];
        _slots[fixup.Slot] = slot.Code switch
        {
            Opcodes.Call or Opcodes.LoadImmediate64 or Opcodes.JumpLong => new(slot.Code, slot.Dst, slot.Src, 0, distance),
            _ => WithOffset(slot, fixup, distance),
        };
    }

    private Instruction WithOffset(Instruction slot, Fixup fixup, int distance)
    {
        if (distance is >= short.MinValue and <= short.MaxValue)
            return new(slot.Code, slot.Dst, slot.Src, (short)distance, slot.Imm);
        if (LongJumps && slot.Code == Opcodes.Jump)
            return new(Opcodes.JumpLong, 0, 0, 0, distance);
        var remedy = slot.Code == Opcodes.Jump
            ? "allow long jumps, or bind the label nearer"
            : "jump over an unconditional long jump instead, or bind the label nearer";
        throw new AssemblyException(
            $"resolving label {NameOf(fixup.Label)} of slot {fixup.Slot}: slot {_labels[fixup.Label]} is {distance} slots away, "
            + $"an offset reaches -32768 to 32767 ({remedy})");
    }

    private int CheckLabel(Label label) => (uint)label.Number < (uint)_labelCount
        ? label.Number
        : throw new ArgumentException($"using label {label.Number}: this assembler has not made it (call DefineLabel)", nameof(label));

    private string NameOf(int label) => _names is not null && _names.TryGetValue(label, out var name) ? $"'{name}'" : $"#{label}";
}
