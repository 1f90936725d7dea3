using System.Runtime.InteropServices;

namespace Skep.Isa.Classic;

/// <summary>What a filter is for: it decides what loads mean and which instructions are accepted.</summary>
public enum ClassicUse : byte
{
    /// <summary>A socket filter: loads read the packet, or with offsets from -0x1000 the kernel's knowledge of it.</summary>
    Socket,

    /// <summary>A seccomp filter: loads read <c>struct seccomp_data</c>.</summary>
    Seccomp,
}

/// <summary>What an instruction of classic BPF does.</summary>
public enum ClassicKind : byte
{
    /// <summary>The opcode means nothing.</summary>
    Invalid,

    /// <summary>A = a constant.</summary>
    LoadImmediate,

    /// <summary>A = 1, 2 or 4 bytes at a fixed offset.</summary>
    LoadAbsolute,

    /// <summary>A = 1, 2 or 4 bytes at X plus an offset.</summary>
    LoadIndirect,

    /// <summary>A = the packet's length.</summary>
    LoadLength,

    /// <summary>A = a scratch word.</summary>
    LoadScratch,

    /// <summary>X = a constant.</summary>
    LoadXImmediate,

    /// <summary>X = the packet's length.</summary>
    LoadXLength,

    /// <summary>X = a scratch word.</summary>
    LoadXScratch,

    /// <summary>X = the IP header's length, <c>4*([k]&amp;0xf)</c>.</summary>
    LoadXHeaderLength,

    /// <summary>A scratch word = A.</summary>
    Store,

    /// <summary>A scratch word = X.</summary>
    StoreX,

    /// <summary>Arithmetic on A.</summary>
    Arithmetic,

    /// <summary>A = -A</summary>
    Negate,

    /// <summary>Jump.</summary>
    Jump,

    /// <summary>Jump on a comparison of A.</summary>
    JumpConditional,

    /// <summary>Return a constant.</summary>
    Return,

    /// <summary>Return A.</summary>
    ReturnA,

    /// <summary>X = A</summary>
    Tax,

    /// <summary>A = X</summary>
    Txa,
}

/// <summary>Why the kernel refuses an instruction of a classic filter.</summary>
public enum ClassicFault : byte
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>No instruction has this opcode.</summary>
    UnknownOpcode,

    /// <summary>Division by the constant 0.</summary>
    DivisionByZero,

    /// <summary>A shift by a constant of 32 or more.</summary>
    ShiftTooFar,

    /// <summary>A scratch word that does not exist: there are 16.</summary>
    NoSuchScratchWord,

    /// <summary>A jump past the end.</summary>
    TargetOutside,

    /// <summary>The program's last instruction does not return.</summary>
    NoReturnAtEnd,

    /// <summary>An offset from -0x1000 that no ancillary field has.</summary>
    UnknownAncillary,

    /// <summary>An instruction that seccomp does not take.</summary>
    NotForSeccomp,

    /// <summary>A load of seccomp's that is not a whole word of <c>struct seccomp_data</c>.</summary>
    OutsideSeccompData,
}

/// <summary>An instruction of a classic filter and what it means.</summary>
/// <param name="Index">Its number in the filter, from 0.</param>
/// <param name="Slot">The instruction.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Fault">Why the kernel would refuse it, or none.</param>
public readonly record struct ClassicDecoded(int Index, ClassicInstruction Slot, ClassicKind Kind, ClassicFault Fault)
{
    /// <summary>Whether the kernel would take it.</summary>
    public bool IsValid => Fault == ClassicFault.None;

    /// <summary>Where a jump goes; where a comparison that holds goes.</summary>
    public long TrueTarget => (long)Index + 1 + (Kind == ClassicKind.Jump ? Slot.K : Slot.Jt);

    /// <summary>Where a comparison that does not hold goes.</summary>
    public long FalseTarget => (long)Index + 1 + Slot.Jf;

    /// <summary>Whether the second operand is X, not the constant.</summary>
    public bool UsesX => (Slot.Code & 0x08) != 0;

    /// <summary>Bytes that a load reads: 1, 2 or 4.</summary>
    public int Bytes => (Slot.Code & 0x18) switch { 0x08 => 2, 0x10 => 1, _ => 4 };
}

/// <summary>
/// Instructions of classic filters from words. The faults are those of <c>bpf_check_classic</c> (net/core/filter.c) and
/// <c>seccomp_check_filter</c> (kernel/seccomp.c), but for the one that needs the whole filter: a scratch word read before it is
/// written. A faulty instruction is an item like others.
/// </summary>
public static class ClassicDecoder
{
    /// <summary>Words of scratch memory.</summary>
    public const int ScratchWords = 16;

    private const int SeccompDataSize = 64;

    /// <summary>Decodes one instruction.</summary>
    /// <param name="filter">All instructions of the filter.</param>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="use">What the filter is for.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside of <paramref name="filter"/>.</exception>
    public static ClassicDecoded Decode(ReadOnlySpan<ClassicInstruction> filter, int index, ClassicUse use = ClassicUse.Socket)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)filter.Length, nameof(index));
        var slot = filter[index];
        var item = new ClassicDecoded(index, slot, KindOf(slot.Code), ClassicFault.None);
        return item with { Fault = FaultOf(item, filter.Length, use) };
    }

    /// <summary>The instructions in a filter's bytes, without a copy; a rest shorter than an instruction is left out.</summary>
    /// <exception cref="PlatformNotSupportedException">On a big-endian machine.</exception>
    public static ReadOnlySpan<ClassicInstruction> Slots(ReadOnlySpan<byte> bytes) => BitConverter.IsLittleEndian
        ? MemoryMarshal.Cast<byte, ClassicInstruction>(bytes)
        : throw new PlatformNotSupportedException("viewing bytes as classic BPF: this machine is big-endian (use ClassicInstruction.Read)");

    private static ClassicKind KindOf(ushort code) => code switch
    {
        0x00 => ClassicKind.LoadImmediate,
        0x20 or 0x28 or 0x30 => ClassicKind.LoadAbsolute,
        0x40 or 0x48 or 0x50 => ClassicKind.LoadIndirect,
        0x60 => ClassicKind.LoadScratch,
        0x80 => ClassicKind.LoadLength,
        0x01 => ClassicKind.LoadXImmediate,
        0x61 => ClassicKind.LoadXScratch,
        0x81 => ClassicKind.LoadXLength,
        0xb1 => ClassicKind.LoadXHeaderLength,
        0x02 => ClassicKind.Store,
        0x03 => ClassicKind.StoreX,
        0x84 => ClassicKind.Negate,
        0x05 => ClassicKind.Jump,
        0x06 => ClassicKind.Return,
        0x16 => ClassicKind.ReturnA,
        0x07 => ClassicKind.Tax,
        0x87 => ClassicKind.Txa,
        _ => (code & 0xff07) switch
        {
            0x04 when (code & 0xf0) is <= 0x70 or 0x90 or 0xa0 => ClassicKind.Arithmetic,
            0x05 when (code & 0xf0) is >= 0x10 and <= 0x40 => ClassicKind.JumpConditional,
            _ => ClassicKind.Invalid,
        },
    };

    private static ClassicFault FaultOf(in ClassicDecoded item, int length, ClassicUse use)
    {
        var k = item.Slot.K;
        var fault = item.Kind switch
        {
            ClassicKind.Invalid => ClassicFault.UnknownOpcode,
            ClassicKind.Arithmetic when !item.UsesX => (item.Slot.Code & 0xf0) switch
            {
                0x30 or 0x90 when k == 0 => ClassicFault.DivisionByZero,
                0x60 or 0x70 when k >= 32 => ClassicFault.ShiftTooFar,
                _ => ClassicFault.None,
            },
            ClassicKind.LoadScratch or ClassicKind.LoadXScratch or ClassicKind.Store or ClassicKind.StoreX when k >= ScratchWords =>
                ClassicFault.NoSuchScratchWord,
            ClassicKind.Jump when item.TrueTarget >= length => ClassicFault.TargetOutside,
            ClassicKind.JumpConditional when item.TrueTarget >= length || item.FalseTarget >= length => ClassicFault.TargetOutside,
            ClassicKind.LoadAbsolute when use == ClassicUse.Socket && Ancillary.IsUnknown(k) => ClassicFault.UnknownAncillary,
            _ => ClassicFault.None,
        };
        if (fault == ClassicFault.None && use == ClassicUse.Seccomp)
            fault = SeccompFaultOf(item);
        if (fault == ClassicFault.None && item.Index == length - 1 && item.Kind is not (ClassicKind.Return or ClassicKind.ReturnA))
            fault = ClassicFault.NoReturnAtEnd;
        return fault;
    }

    private static ClassicFault SeccompFaultOf(in ClassicDecoded item) => item.Kind switch
    {
        ClassicKind.LoadAbsolute when item.Bytes == 4 =>
            item.Slot.K < SeccompDataSize && item.Slot.K % 4 == 0 ? ClassicFault.None : ClassicFault.OutsideSeccompData,
        ClassicKind.LoadAbsolute or ClassicKind.LoadIndirect or ClassicKind.LoadXHeaderLength => ClassicFault.NotForSeccomp,
        ClassicKind.Arithmetic when (item.Slot.Code & 0xf0) == 0x90 => ClassicFault.NotForSeccomp,
        _ => ClassicFault.None,
    };
}
