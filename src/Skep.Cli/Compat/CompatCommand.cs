using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Debug.Compat;
using Skep.Debug.Verify;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Guests;
using Skep.Output;

namespace Skep.Cli.Compat;

/// <summary><c>skep compat</c>.</summary>
internal static class CompatCommand
{
    private const string Boot = "/boot";
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "The ELF object with the programs." };
        var only = new Option<string?>("--prog") { Description = "Only this program of the file.", HelpName = "NAME" };
        var kernel = new Option<string[]>("--kernel")
        {
            Description = $"A kernel's image, or a directory that holds some ({Boot}; may be repeated).", HelpName = "FILE|DIR",
        };
        Option<TimeSpan?> timeout = Quantities.Time("--timeout", "How long each kernel may take (60s).");
        var compat = new SkepCommand(
            "compat",
            "Which kernels load the programs of an object, and why not.\n"
            + "Each kernel is booted in a virtual machine (QEMU), where its verifier is given the programs.",
            new(
                "docs/compat.md",
                new("skep compat my_prog.bpf.o", "the kernels that are installed"),
                new("skep compat my_prog.bpf.o --kernel kernels/vmlinuz-6.1 --kernel kernels/vmlinuz-6.12", "those that are named"),
                new("skep compat my_prog.bpf.o --prog handle_exec --kernel /srv/kernels -j", "one program, as JSON"))
            {
                Done = "every kernel loads every program",
                Failed = "a kernel refuses a program, or does not boot; or failed",
            }) { file, only, kernel, timeout };
        compat.Prints((parsed, form) => Run(
            parsed.GetValue(file)!, parsed.GetValue(only), parsed.GetValue(kernel) ?? [], parsed.GetValue(timeout) ?? Usual, form));
        return compat;
    }

    private static int Run(string file, string? only, string[] named, TimeSpan timeout, OutputForm form)
    {
        byte[] elf = InputFile.ReadBytes(file, InputLimit.Code);
        string name = Path.GetFileName(file);
        if (Kernels(named, out string mistake) is not { } kernels) return Message.Error(mistake, ExitCode.NotPermitted);
        var request = new CompatRequest(elf, name, ObjectVerifier.Names(elf, name, only), only);
        if (SharedLibraries.IsMapped("libcoreclr.so"))
        {
            return Message.Error(
                $"verify {name} in virtual machines: they run skep itself, and this one needs the runtime of .NET "
                    + "(use the binary that make build makes)",
                ExitCode.NotPermitted);
        }

        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(_ => stop.Cancel());
        var run = CompatRun.Prepare("/proc/self/exe", request);
        var verdicts = new List<KernelVerdict>();
        try
        {
            Write(form, request.Programs, Seen(run.Run(kernels, timeout, stop.Token), verdicts));
        }
        catch (KernelException e) when (e.Error.Name == "ENOENT")
        {
            return Message.Error(
                $"boot a virtual machine: {GuestMachine.Emulator} is not installed (apt install qemu-system-x86)", ExitCode.NotPermitted);
        }

        if (verdicts.Count < kernels.Count)
            return Message.Error($"verify {name}: stopped after {verdicts.Count} of {kernels.Count} kernels", ExitCode.Failed);
        return verdicts.All(verdict => verdict.Accepted) ? ExitCode.Done : ExitCode.Failed;
    }

    private static IEnumerable<KernelVerdict> Seen(IEnumerable<KernelVerdict> all, List<KernelVerdict> verdicts)
    {
        foreach (KernelVerdict verdict in all)
        {
            verdicts.Add(verdict);
            if (verdict.Failure is not null)
            {
                Message.Print($"error: verify in kernel {verdict.Kernel.Path}: {verdict.Failure}");
                if (verdict.LastLines.Count > 0) Message.Print($"its console ends with:\n  {string.Join("\n  ", verdict.LastLines)}");
            }

            yield return verdict;
        }
    }

    private static void Write(OutputForm form, IReadOnlyList<string> programs, IEnumerable<KernelVerdict> verdicts)
    {
        if (form == OutputForm.Text)
        {
            KernelVerdict[] all = [.. verdicts];
            if (all.Length > 0) StandardOutput.WriteText(text => CompatText.Write(text, programs, all));
            return;
        }

        StandardOutput.WriteEach(form, verdicts.SelectMany(CompatJson.Of), CompatJson.Write, static (_, _) => { });
    }

    private static List<KernelImage>? Kernels(string[] named, out string mistake)
    {
        mistake = "";
        var found = new List<KernelImage>();
        foreach (string path in named is [] ? [Boot] : named)
        {
            if (KernelImage.InDirectory(path) is not { } images)
            {
                found.Add(KernelImage.Read(path));
            }
            else if (images.Count > 0)
            {
                found.AddRange(images.Select(KernelImage.Read));
            }
            else
            {
                mistake = $"look for kernels in {path}: it has no vmlinuz and no bzImage "
                    + "(name one with --kernel; dpkg -x unpacks the vmlinuz of a package linux-image-...)";
                return null;
            }
        }

        return found;
    }
}
