using Skep.Debug.Verify;

namespace Skep.Debug.Tests.Verify;

/// <summary>The table of the kernel's messages.</summary>
public sealed class MessagePatternTests
{
    public static TheoryData<string> Patterns =>
        [.. MemoryMessages.All.Concat(CallMessages.All).Concat(ProgramMessages.All).Select(pattern => pattern.Text).Distinct()];

    /// <summary>A pattern that another one hides, with another cause, would never count.</summary>
    [Theory, MemberData(nameof(Patterns))]
    public void No_pattern_is_hidden_by_one_with_another_cause(string text)
    {
        MessagePattern pattern =
            MemoryMessages.All.Concat(CallMessages.All).Concat(ProgramMessages.All).First(each => each.Text == text);
        MessagePattern? found = VerifierMessages.Find(text.Replace("*", "x", StringComparison.Ordinal));
        Assert.NotNull(found);
        Assert.True(found.Cause == pattern.Cause, $"'{text}' ({pattern.Cause}) is hidden by '{found.Text}' ({found.Cause})");
    }

    [Theory]
    [InlineData("R1 invalid mem access 'map_value_or_null'", VerifierCause.UncheckedNull)]
    [InlineData("R1 invalid mem access 'ptr_or_null_task_struct'", VerifierCause.UncheckedNull)]
    [InlineData("R2 type=map_value_or_null expected=fp, pkt, pkt_meta", VerifierCause.UncheckedNull)]
    [InlineData("R0 !read_ok", VerifierCause.Uninitialised)]
    [InlineData("invalid indirect read from stack R2 off -8+4 size 8", VerifierCause.Uninitialised)]
    [InlineData("invalid write to stack R10 off=-520 size=8", VerifierCause.StackLimit)]
    [InlineData("combined stack size of 2 calls is 640. Too large", VerifierCause.StackLimit)]
    [InlineData("invalid access to packet, off=12 size=2, R1(id=0,off=12,r=0)", VerifierCause.PacketBounds)]
    [InlineData("invalid access to map value, value_size=8 off=8 size=4", VerifierCause.MapValueBounds)]
    [InlineData("Unreleased reference id=2 alloc_insn=4", VerifierCause.ReferenceLeak)]
    [InlineData("bpf_spin_unlock is missing", VerifierCause.LockImbalance)]
    [InlineData("program of this type cannot use helper bpf_get_current_task#35", VerifierCause.HelperNotAllowed)]
    [InlineData("unknown func bpf_get_current_task#35", VerifierCause.HelperNotAllowed)]
    [InlineData("calling kernel function bpf_task_acquire is not allowed", VerifierCause.KfuncNotAllowed)]
    [InlineData("cannot call GPL-restricted function from non-GPL compatible program", VerifierCause.GplOnly)]
    [InlineData("R1 pointer arithmetic on map_ptr prohibited", VerifierCause.PointerArithmetic)]
    [InlineData("invalid bpf_context access off=80 size=4", VerifierCause.ContextAccess)]
    [InlineData("helper call might sleep in a non-sleepable prog", VerifierCause.Sleepable)]
    [InlineData("misaligned packet access off 0+(0x0; 0x0)+15+0 size 4", VerifierCause.Misaligned)]
    [InlineData("unreachable insn 3", VerifierCause.DeadCode)]
    [InlineData("back-edge from insn 4 to 2", VerifierCause.InfiniteLoop)]
    [InlineData("BPF program is too large. Processed 1000001 insn", VerifierCause.TooComplex)]
    [InlineData("At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]", VerifierCause.ReturnValue)]
    [InlineData("what no kernel says", VerifierCause.Other)]
    public void Messages_have_their_cause(string message, VerifierCause cause) =>
        Assert.Equal(cause, VerifierMessages.Find(message)?.Cause ?? VerifierCause.Other);
}
