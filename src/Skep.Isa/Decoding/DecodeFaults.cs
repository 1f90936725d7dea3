namespace Skep.Isa;

/// <summary>Faults in words.</summary>
public static class DecodeFaults
{
    /// <summary>Why a slot is not an instruction; empty for <see cref="DecodeFault.None"/>.</summary>
    public static string Describe(this DecodeFault fault) => fault switch
    {
        DecodeFault.None => "",
        DecodeFault.UnknownOpcode => "unknown opcode",
        DecodeFault.ReservedField => "reserved field is not zero",
        DecodeFault.InvalidRegister => "no such register",
        DecodeFault.MissingSecondSlot => "second slot is missing",
        DecodeFault.MalformedSecondSlot => "second slot is malformed",
        DecodeFault.UnknownPseudoSource => "unknown pseudo source",
        DecodeFault.UnknownAtomic => "unknown atomic operation",
        DecodeFault.InvalidSwapWidth => "swap width is not 16, 32 or 64",
        DecodeFault.UnknownVariant => "offset selects no variant",
        _ => "unknown fault",
    };
}
