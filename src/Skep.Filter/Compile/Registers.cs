using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>
/// The register convention of compiled filters, and why the verifier wants it so.
/// <list type="table">
/// <item><term>R0-R5</term><description>Scratch. A call destroys R1-R5, so nothing lives in them over one.</description></item>
/// <item><term>R6</term><description>The context, <c>struct xdp_md</c>, from the first instruction to the last.</description></item>
/// <item><term>R7</term><description><see cref="Presence"/> bits. At the end of the walk they are xored twice with a number that the
/// verifier does not know, and so it knows no bit of them: else it would verify all rules once for each way through the
/// walk.</description></item>
/// <item><term>R8, R9</term><description>In the walk and in rewrites: the packet's first byte and its end. No packet pointer lives over a
/// rule's end; a rewrite makes its own from an offset and checks it against R9, because pointers of different ways would be
/// different states. At the end R8 is the action.</description></item>
/// <item><term>R10</term><description>The frame. Field values stand in <see cref="Slots"/>, 8 bytes each, as numbers: rules compare numbers
/// that were read once, with no bounds to check.</description></item>
/// </list>
/// An offset into the packet is masked before it is added to a pointer: the verifier refuses pointers with an unbounded part,
/// and equal bounds make equal states where ways through the headers join.
/// </summary>
internal static class Registers
{
    internal const Register Context = Register.R6;
    internal const Register Presence = Register.R7;
    internal const Register Packet = Register.R8;
    internal const Register Action = Register.R8;
    internal const Register PacketEnd = Register.R9;
}
