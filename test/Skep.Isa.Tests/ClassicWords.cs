using Skep.Isa.Classic;

namespace Skep.Isa.Tests;

/// <summary>All opcodes of classic BPF, and many that are none, with operands at the edges.</summary>
internal static class ClassicWords
{
    private static readonly uint[] _operands =
    [
        0, 1, 4, 15, 16, 31, 32, 60, 64, 0x800, 0x7fff0000, 0xffe00000, 0xfffff000, 0xfffff001, 0xfffff03c, 0xfffff040, 0xffffffff,
    ];

    public static IEnumerable<ClassicInstruction> All =>
        from code in Enumerable.Range(0, 0x110)
        from k in _operands
        from jumps in new (byte, byte)[] { (0, 0), (1, 0), (0, 2), (200, 1) }
        select new ClassicInstruction((ushort)code, jumps.Item1, jumps.Item2, k);
}
