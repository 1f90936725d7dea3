using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>What BPF_PROG_LOAD means by an error where the verifier says nothing.</summary>
internal static class LoadErrors
{
    /// <summary>ENOSPC: the log did not fit.</summary>
    public const int NoSpace = 28;

    public static VerifierCause Cause(Errno error) => error.Name switch
    {
        "EPERM" or "EACCES" => VerifierCause.Permission,
        "E2BIG" or "ENOMEM" => VerifierCause.Limits,
        "EOPNOTSUPP" or "ENOTSUPP" => VerifierCause.Unsupported,
        "EKEYREJECTED" or "ENOKEY" or "EKEYEXPIRED" or "EKEYREVOKED" or "EBADMSG" => VerifierCause.Signature,
        _ => VerifierCause.Other,
    };

    /// <summary>What to do; null where the cause's hint does.</summary>
    public static string? Hint(Errno error) => error.Name is "EPERM" or "EACCES" && Environment.IsPrivilegedProcess
        ? "see what refuses it: skep guard log, the kernel's log (lockdown), the active LSMs; skep doctor prints what this kernel permits"
        : null;

    public static string Explanation(Errno error) => error.Name switch
    {
        "EPERM" or "EACCES" => "The caller may not load programs of this type, or a policy (LSM, lockdown, skep guard) refuses it.",
        "E2BIG" => "The program has more instructions than the kernel takes: 1,000,000, and 4,096 without CAP_BPF.",
        "ENOMEM" => "The kernel had not enough memory.",
        "EKEYREJECTED" or "EBADMSG" => "The program's signature is not one of this program.",
        "ENOKEY" or "EKEYEXPIRED" or "EKEYREVOKED" => "The key that the program is signed with is not one that the kernel trusts.",
        "EOPNOTSUPP" or "ENOTSUPP" => "This kernel does not support what the program asks for.",
        "EINVAL" => "The kernel does not know the type of the program, a flag of the load, or the type where it is to be attached.",
        _ => "",
    };
}
