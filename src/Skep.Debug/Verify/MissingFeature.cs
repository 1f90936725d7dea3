using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>
/// What a kernel answers to a type that it does not know is EINVAL and no word, as to much else: it is asked whether it has the type.
/// </summary>
internal static class MissingFeature
{
    private const string MapMessage = "map '", Name = "EINVAL", NotSupported = "ENOTSUPP";

    /// <summary>The diagnosis where the kernel does not have the type of a program or of its attachment; else the one before.</summary>
    /// <param name="before">What the error alone says.</param>
    /// <param name="error">The error of the load.</param>
    /// <param name="type">The program's type.</param>
    /// <param name="attach">Where it expects to be attached.</param>
    public static Diagnosis OfProgram(Diagnosis before, Errno error, BpfProgramType type, BpfAttachType attach)
    {
        if (error.Name == NotSupported && type == BpfProgramType.StructOps)
        {
            return before with
            {
                Cause = VerifierCause.AttachTarget,
                Explanation = "The kernel is not given the structure whose function the program is: none in the section .struct_ops "
                    + $"names it that libbpf {LibbpfVersion.Text} finds.",
                Hint = VerifierCauseInfo.Of(VerifierCause.AttachTarget).Hint,
            };
        }

        if (before.Cause != VerifierCause.Other || error.Name != Name) return before;
        if (KernelFeatures.Has(type) == Support.No) return Missing(before, $"This kernel has no programs of type {type.Name()}.");
        return KernelFeatures.Has(type, attach) == Support.No
            ? Missing(before, $"This kernel has no programs of type {type.Name()} for {attach.Name()}.") : before;
    }

    /// <summary>The diagnosis where the kernel does not have the type of a map that libbpf could not create; else the one before.</summary>
    /// <param name="before">What libbpf's message says.</param>
    /// <param name="maps">The maps of the object.</param>
    public static Diagnosis OfMap(Diagnosis before, ILookup<string, BpfMapType> maps)
    {
        if (!before.Message.StartsWith(MapMessage, StringComparison.Ordinal)) return before;
        string name = before.Message[MapMessage.Length..].Split('\'')[0];
        return maps[name].ToArray() is [var type, ..] && KernelFeatures.Has(type) == Support.No
            ? Missing(before, $"This kernel has no maps of type {type.Name()}, which map {name} is of. libbpf creates all maps of a file "
                + "before it loads a program.")
            : before;
    }

    private static Diagnosis Missing(Diagnosis before, string what) => before with
    {
        Cause = VerifierCause.Unsupported,
        Explanation = what,
        Hint = "use it on a kernel that has it, and something else on this one (skep doctor prints the types of this kernel)",
    };
}
