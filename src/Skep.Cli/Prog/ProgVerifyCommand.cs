using System.CommandLine;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Debug.Verify;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Output;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog verify</c>.</summary>
internal static class ProgVerifyCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = $"FILE, an ELF object; or with --from {ProgramArgument.Usage}, or the SHA-256 of instructions that were saved.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var only = new Option<string?>("--prog") { Description = "Only this program of the file.", HelpName = "NAME" };
        var from = new Option<string?>("--from")
        {
            Description = "The directory of skep watch --save with what was loaded, or refused.", HelpName = "DIR",
        };
        var log = new Option<string?>("--log")
        {
            Description = "Read a log of the verifier, and ask no kernel; - for standard input.", HelpName = "FILE",
        };
        var annotate = new Option<string?>("--annotate")
        {
            Description = "Print source, bytecode and the verifier's states beside each other.", HelpName = "text|html",
        };
        OptionValues.TakeOnly(annotate, "text", "html");
        var verbose = new Option<bool>("--verbose", "-v") { Description = "Print the log of the verifier too." };
        var verify = new SkepCommand(
            "verify",
            "Has the kernel verify programs, and reports what that cost, or why it refused one.\n"
            + "Nothing is attached, and nothing stays loaded.",
            new(
                "docs/verify.md",
                new("skep prog verify my_prog.bpf.o", "each program of an object file"),
                new("skep prog verify my_prog.bpf.o --prog handle_exec -j", "one of them, as JSON"),
                new("skep prog verify --log saved.log", "why a program was refused elsewhere"))
            {
                Done = "all programs were accepted",
                Failed = "a program was refused, or failed",
                Others = "3: not permitted",
            }) { words, only, from, log, annotate, verbose };
        verify.Validators.Add(result =>
        {
            bool hasWords = result.GetResult(words)?.Tokens.Count > 0, hasLog = result.GetResult(log) is not null;
            if (hasWords && hasLog) result.AddError("--log FILE is all that is read: leave out PROG");
            if (hasLog && (result.GetResult(only) ?? result.GetResult(from)) is not null)
                result.AddError("--prog and --from are for programs: leave them out with --log");
        });
        verify.Prints((parsed, form) =>
        {
            string? listing = parsed.GetValue(annotate), mistake = null;
            if (parsed.GetValue(words) is [] && parsed.GetValue(log) is null)
                return Message.Error("prog verify: give PROG, or --log FILE", ExitCode.Usage);
            if (listing is not null && form != OutputForm.Text)
                return Message.Error("--annotate is no JSON: leave out -j (which has the path to the refusal)", ExitCode.Usage);
            IReadOnlyList<ProgramCode> codes = [];
            IEnumerable<Verification> verified = parsed.GetValue(log) is { } path
                ? LogFile.Read(NamedInput.ReadText(path, InputLimit.VerifierLog), path)
                : Verify(parsed.GetValue(words)!, parsed.GetValue(only), parsed.GetValue(from), out codes, out mistake);
            if (mistake is not null) return Message.Error(mistake, ExitCode.Usage);
            var seen = new VerifiedCount();
            verified = verified.Select(seen.Add);
            if (listing == "html")
            {
                StandardOutput.WriteText(text => AnnotationWriter.WriteHtml(text, verified.Select(one => (one, Listing(one, codes)))));
                return seen.ExitCode;
            }

            StandardOutput.WriteEach(form, verified, VerificationJson.Write, (text, one) =>
            {
                VerificationText.Write(text, one, parsed.GetValue(verbose));
                if (listing is not null) AnnotationWriter.WriteText(text, Listing(one, codes));
            });
            return seen.ExitCode;
        });
        return verify;
    }

    // What came of the programs together.
    private sealed class VerifiedCount
    {
        private int _programs, _refused, _forbidden;

        public int ExitCode => _refused == 0 ? Common.ExitCode.Done
            : _forbidden == _programs && !Environment.IsPrivilegedProcess ? Common.ExitCode.NotPermitted : Common.ExitCode.Failed;

        public Verification Add(Verification one)
        {
            _programs++;
            if (!one.Accepted) _refused++;
            if (one.Diagnosis?.Cause == VerifierCause.Permission) _forbidden++;
            return one;
        }
    }

    private static IReadOnlyList<AnnotatedLine> Listing(Verification one, IReadOnlyList<ProgramCode> codes) =>
        AnnotatedListing.Of(one, codes.FirstOrDefault(code => code.Name == one.Program));

    private static IEnumerable<Verification> Verify(
        string[] words, string? only, string? directory, out IReadOnlyList<ProgramCode> codes, out string? mistake)
    {
        (codes, mistake) = ([], null);
        TargetKernel kernel = new MachineSnapshot().Kernel;
        if (directory is not null)
        {
            codes = DumpedPrograms.ReadOriginal(words, directory, kernel, out mistake);
            return mistake is null ? codes.Select(code => CodeVerifier.Verify(code, ProgramArgument.MapsOf(words))) : [];
        }

        if (words is not [string file])
        {
            mistake = "the kernel keeps of a loaded program what it made of it, and that cannot be verified again (give --from DIR with "
                + "what skep watch --save kept, or the program's FILE)";
            return [];
        }

        byte[] bytes = InputFile.ReadBytes(file, InputLimit.Code);
        codes = CodeFileReader.Read(file, bytes, kernel);
        return ElfFile.IsElf(bytes)
            ? ObjectVerifier.Verify(bytes, Path.GetFileName(file), codes, only)
            : codes.Select(code => CodeVerifier.Verify(code, []));
    }
}
