#include "task.h"

namespace zk::addon {

void Environment::open(napi_env env) {
  auto environment = std::make_unique<Environment>();
  // Hooks run last first: tasks end after their thread-safe functions are closed, and before references are.
  check(env, napi_add_env_cleanup_hook(env, [](void* data) { static_cast<Environment*>(data)->close(); }, environment.get()));
  const napi_finalize finalize = [](napi_env, void* data, void*) { delete static_cast<Environment*>(data); };
  check(env, napi_set_instance_data(env, environment.get(), finalize, nullptr));
  environment.release();
}

void Environment::close() {
  for (const auto& task : tasks) task->cancel();
  for (const auto& task : tasks) task->join();
  tasks.clear();
}

napi_value Task::start(std::unique_ptr<Task> owned, const Call& call, std::size_t control) {
  const napi_env env = call.env;
  Task& task = *owned;
  Environment& environment = Environment::of(env);
  task.words_ = call.sharedWords(control, Control::kWords);
  napi_value promise;
  check(env, napi_create_reference(env, call[control], 1, &task.control_));
  check(env, napi_create_threadsafe_function(env, nullptr, nullptr, text(env, "zkinfer"), 0, 1, nullptr, nullptr, nullptr, onDone, &task.done_));
  check(env, napi_create_promise(env, &task.deferred_, &promise));
  environment.tasks.push_back(std::move(owned));
  task.place_ = std::prev(environment.tasks.end());
  try {
    task.thread_ = std::thread([&task] { task.work(); });
  } catch (...) {
    task.failure_ = std::current_exception();
    napi_release_threadsafe_function(task.done_, napi_tsfn_abort);
    task.settle(env);
  }
  return promise;
}

void Task::work() noexcept {
  try {
    run(Control(words_));
  } catch (...) {
    failure_ = std::current_exception();
  }
  // Where the environment is closing, the call itself gives the function up.
  if (napi_call_threadsafe_function(done_, this, napi_tsfn_nonblocking) == napi_ok) {
    napi_release_threadsafe_function(done_, napi_tsfn_release);
  }
}

void Task::onDone(napi_env env, napi_value, void*, void* task) {
  if (env == nullptr) return;
  try {
    static_cast<Task*>(task)->settle(env);
  } catch (...) {
    // The thread is ending: nothing of JavaScript can be made any more, and nobody waits for it.
  }
}

void Task::settle(napi_env env) {
  join();
  Environment& environment = Environment::of(env);
  const std::unique_ptr<Task> self = std::move(*place_);
  environment.tasks.erase(place_);
  napi_delete_reference(env, control_);
  napi_value value = nullptr;
  if (!failure_) {
    try {
      value = result(env);
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  if (!failure_) {
    napi_resolve_deferred(env, deferred_, value);
  } else {
    napi_reject_deferred(env, deferred_, errorOf(env, failure_));
  }
}

}  // namespace zk::addon
