namespace Skep.Isa;

/// <summary>
/// Gives names to what instructions refer to. Each method may return null: the disassembler then prints the number. Names may
/// hold anything; the disassembler escapes control characters.
/// </summary>
public interface ISymbolResolver
{
    /// <summary>
    /// The function called by a <see cref="OperationKind.CallKfunc"/>, or by a <see cref="OperationKind.CallHelper"/> whose
    /// immediate is no helper's id. In a translated program the immediate is an address less <c>__bpf_call_base</c>.
    /// </summary>
    string? KernelFunction(in DecodedInstruction call) => null;

    /// <summary>A function of the program, by its first slot.</summary>
    string? Function(long slot) => null;

    /// <summary>The kernel variable of a <see cref="OperationKind.LoadBtfId"/>.</summary>
    string? Variable(in DecodedInstruction load) => null;

    /// <summary>The map of a <see cref="OperationKind.LoadMap"/> or any of its kin, in place of <c>map[id:5]</c>.</summary>
    string? Map(in DecodedInstruction load) => null;

    /// <summary>The id of the map behind a file descriptor of the process that loads the program.</summary>
    uint? MapId(int fd) => null;

    /// <summary>A jump's target, by its slot.</summary>
    string? Label(long slot) => null;
}
