namespace Skep.Analysis.Decompile.Lift;

/// <summary>
/// Makes statements shorter without changing what they do: labels without a jump to them, redundant branches.
/// </summary>
internal static class StatementCleaner
{
    private const int LargestCondition = 24;
    private const int Rounds = 3;
    private const int LongestNested = 40, DeepestNested = 6;

    public static void Clean(List<Statement> body)
    {
        for (int round = 0; round < Rounds; round++)
        {
            var targets = new Dictionary<int, int>();
            StatementTree.Visit(body, statement =>
            {
                if (statement is Goto jump) targets[jump.Target] = targets.GetValueOrDefault(jump.Target) + 1;
            });
            CleanList(body, targets, inLoop: false);
        }
    }

    private static void CleanList(List<Statement> list, Dictionary<int, int> targets, bool inLoop)
    {
        var output = new List<Statement>(list.Count);
        var pending = new Stack<Statement>();
        for (int i = list.Count - 1; i >= 0; i--) pending.Push(list[i]);
        while (pending.TryPop(out Statement? statement))
        {
            if (statement is Label label && !targets.ContainsKey(label.Target)) continue;
            if (output.Count > 0 && StatementTree.Leaves(output[^1]) && !HasTarget(statement, targets)) continue;
            switch (statement)
            {
                case If choice:
                    CleanList(choice.Then, targets, inLoop: false);
                    CleanList(choice.Else, targets, inLoop: false);
                    AddChoice(output, choice, pending);
                    break;
                case Loop loop:
                    CleanList(loop.Body, targets, inLoop: true);
                    Shape(loop);
                    output.Add(loop);
                    break;
                case Return { Value: Use { Variable: var returned } } end
                    when output is [.., Assign set] && ReferenceEquals(set.Target, returned):
                    output[^1] = new Return(set.Value) { Slot = end.Slot };
                    break;
                default:
                    if (statement is Label next) DropJumpsTo(output, next.Target);
                    output.Add(statement);
                    break;
            }
        }

        Nest(output, targets);
        if (inLoop && output is [.., Continue]) output.RemoveAt(output.Count - 1);
        list.Clear();
        list.AddRange(output);
    }

    /// <summary>A choice that skips what follows it, by the only goto to there, is a choice of what follows.</summary>
    private static void Nest(List<Statement> list, Dictionary<int, int> targets)
    {
        var places = new Dictionary<int, int>();
        for (int i = list.Count - 1; i >= 0; i--)
        {
            if (list[i] is Label label) places[label.Target] = i;
            if (list[i] is not If { Else.Count: 0, Then: [Goto jump] } choice || targets[jump.Target] != 1
                || !places.TryGetValue(jump.Target, out int end)) continue;
            int count = end - i - 1;
            if (count is < 1 or > LongestNested || StatementTree.Depth(list.GetRange(i + 1, count)) > DeepestNested) continue;
            choice.Then = list.GetRange(i + 1, count);
            choice.Condition = Simplifier.Negate(choice.Condition);
            list.RemoveRange(i + 1, count);
            places.Clear();
            for (int at = list.Count - 1; at >= i; at--)
                if (list[at] is Label moved) places[moved.Target] = at;
        }
    }

    private static bool HasTarget(Statement statement, Dictionary<int, int> targets)
    {
        bool found = false;
        StatementTree.Visit([statement], inner => found |= inner is Label label && targets.ContainsKey(label.Target));
        return found;
    }

    private static void AddChoice(List<Statement> output, If choice, Stack<Statement> pending)
    {
        if (choice.Then.Count == 0)
        {
            (choice.Then, choice.Else) = (choice.Else, choice.Then);
            choice.Condition = Simplifier.Negate(choice.Condition);
        }

        if (choice.Then.Count == 0)
        {
            if (choice.Condition.HasEffect) output.Add(new Evaluate(choice.Condition) { Slot = choice.Slot });
            return;
        }

        // After an arm that does not continue, no else is needed.
        if (choice.Else.Count > 0 && !StatementTree.Leaves(choice.Then) && StatementTree.Leaves(choice.Else))
        {
            (choice.Then, choice.Else) = (choice.Else, choice.Then);
            choice.Condition = Simplifier.Negate(choice.Condition);
        }

        if (choice.Else.Count > 0 && StatementTree.Leaves(choice.Then))
        {
            for (int i = choice.Else.Count - 1; i >= 0; i--) pending.Push(choice.Else[i]);
            choice.Else = [];
        }

        if (choice is { Else.Count: 0, Then: [If { Else.Count: 0 } inner] } && choice.Condition.Size
            + inner.Condition.Size <= LargestCondition)
        {
            choice.Condition = new Logic(true, choice.Condition, inner.Condition);
            choice.Then = inner.Then;
        }

        if (output is [.., If { Else.Count: 0 } before] && choice.Else.Count == 0 && IsSameLeave(before.Then, choice.Then)
            && before.Condition.Size + choice.Condition.Size <= LargestCondition)
        {
            before.Condition = new Logic(false, before.Condition, choice.Condition);
            return;
        }

        output.Add(choice);
    }

    private static bool IsSameLeave(List<Statement> a, List<Statement> b) => (a, b) switch
    {
        ([Goto first], [Goto second]) => first.Target == second.Target,
        ([Break], [Break]) or ([Continue], [Continue]) => true,
        ([Return { Value: Number first }], [Return { Value: Number second }]) => first.Value == second.Value,
        ([Return { Value: null }], [Return { Value: null }]) => true,
        _ => false,
    };

    /// <summary>A goto to the next statement is removed, also at the end of an if.</summary>
    private static void DropJumpsTo(List<Statement> output, int target)
    {
        if (output is [.., Goto jump] && jump.Target == target) output.RemoveAt(output.Count - 1);
        if (output is [.., If choice])
        {
            DropJumpsTo(choice.Then, target);
            DropJumpsTo(choice.Else, target);
        }
    }

    private static void Shape(Loop loop)
    {
        if (loop.Form != LoopForm.Endless) return;
        if (loop.Body is [If { Else.Count: 0, Then: [Break] } first, ..])
        {
            loop.Form = LoopForm.While;
            loop.Condition = Simplifier.Negate(first.Condition);
            loop.Body.RemoveAt(0);
        }
        else if (loop.Body is [.., If { Else.Count: 0, Then: [Break] } last] && !StatementTree.Continues(loop.Body))
        {
            loop.Form = LoopForm.DoWhile;
            loop.Condition = Simplifier.Negate(last.Condition);
            loop.Body.RemoveAt(loop.Body.Count - 1);
        }
        else if (loop.Body is [.., If { Else.Count: 0, Then: [Continue] } again, Break] && !StatementTree.Continues(loop.Body[..^2]))
        {
            loop.Form = LoopForm.DoWhile;
            loop.Condition = again.Condition;
            loop.Body.RemoveRange(loop.Body.Count - 2, 2);
        }
    }
}
